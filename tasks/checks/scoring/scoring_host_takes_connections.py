"""Without a connection there is no answer: the fault is in the network between caller and host."""

from __future__ import annotations

from tasks.checks.engine.applies import to_called
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.probe import CallProbe
from tasks.domain.diagnostics.subject import Subject


def judge(subject: Subject, call: CallProbe) -> Verdict:
    """Fail without an HTTP answer to one scoring call with the sample request; skip without a sample."""
    if call.answer:
        return passed("The scoring host accepts connections.")
    return failed(
        f"{subject.one_endpoint.scoring_host} did not answer: the network between caller and host is at fault.",
        seen("scoring call", call.failure, "an HTTP answer"),
    )


CHECK = Check(
    code="SCORE-CALL-001",
    title="The scoring host accepts connections",
    severity="critical",
    scope="endpoint",
    inputs=("call",),
    observe=EndpointFacts.call,
    judge=judge,
    applies=to_called,
    remedy=(
        "From the caller's machine: nslookup HOST; curl -v https://HOST. Allow TCP 443 to the private endpoint: "
        "network security groups, firewalls, routes, and the proxy in HTTPS_PROXY if there is one."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint",
)
