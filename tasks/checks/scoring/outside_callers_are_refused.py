"""Network isolation is proven only when callers from the internet are refused."""

from __future__ import annotations

from typing import Final

from tasks.checks.engine.applies import to_managed, to_managed_hosts
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.networking.isolation import OutsideCall, ProofVerdict, judge_outside
from tasks.domain.diagnostics.finding import Status, Verdict, failed, seen
from tasks.domain.diagnostics.subject import Subject

_STATUSES: Final[dict[ProofVerdict, Status]] = {"pass": "PASS", "fail": "FAIL", "skip": "SKIP", "error": "ERROR"}


def applies(subject: Subject) -> str:
    """Managed endpoints, but for those that may take public callers and do."""
    if subject.one_endpoint.is_private:
        return to_managed_hosts(subject)
    reason = to_managed(subject)
    if not reason and subject.expectations.public_network_access == "enabled":
        return "Public access to the endpoint is on, as expected."
    return reason


def judge(subject: Subject, outside: OutsideCall | None) -> Verdict:
    """Fail when public access is on, or a call through the target's `internet_proxy` reaches the endpoint.

    HTTP 403 or no connection passes, a request for credentials fails. Skip without a proxy; a proxy that does not work
    is an error.
    """
    if not subject.one_endpoint.is_private:
        return _judge_open(outside)
    part = judge_outside(outside)
    return Verdict(status=_STATUSES[part.verdict], reason=part.reason)


def _judge_open(outside: OutsideCall | None) -> Verdict:
    lines = [seen("public_network_access", "enabled", "disabled")]
    if outside and outside.answer:
        lines.append(seen("a call from the internet", f"HTTP {outside.answer.status}", "no answer"))
    return failed("Public access to the endpoint is on, so callers from the internet reach it.", *lines)


CHECK = Check(
    code="SCORE-ISO-001",
    title="Callers from the internet are refused",
    severity="critical",
    scope="endpoint",
    inputs=("outside",),
    observe=EndpointFacts.outside,
    judge=judge,
    applies=applies,
    remedy=(
        "az ml online-endpoint update --name {endpoint} --set public_network_access=disabled {flags}. If the endpoint "
        "is meant to be public, run the diagnosis with the expectation public_network_access: enabled."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint",
)
