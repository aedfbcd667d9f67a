"""Without a connection to the scoring host there is no answer: the fault is the network's."""

from __future__ import annotations

from tasks.checks.engine.answers import observe_call
from tasks.checks.engine.applies import to_called
from tasks.checks.engine.check import Check
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.probe import CallLook
from tasks.domain.diagnostics.subject import Subject


def judge(subject: Subject, call: CallLook) -> Verdict:
    """Any HTTP answer will do."""
    if call.answer:
        return passed("The scoring host takes connections.")
    return failed(
        f"{subject.one_endpoint.scoring_host} gave no answer: the network between here and there is at fault.",
        seen("scoring call", call.failure, "an HTTP answer"),
    )


CHECK = Check(
    code="SCORE-CALL-001",
    name="scoring_host_takes_connections",
    title="The scoring host takes connections",
    severity="critical",
    scope="endpoint",
    inputs=("call",),
    observe=observe_call,
    judge=judge,
    applies=to_called,
    remedy=(
        "From the caller's machine: nslookup the host, then curl -v its address. Let TCP 443 pass to the private "
        "endpoint: network security groups, firewalls, routes, and the proxy in HTTPS_PROXY if there is one."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint",
)
