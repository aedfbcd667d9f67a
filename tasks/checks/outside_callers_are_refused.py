"""The other half of the isolation proof: from the internet the endpoint must not be reached."""

from __future__ import annotations

from typing import Final

from tasks.checks.engine.applies import to_private
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.finding import Status, Verdict
from tasks.domain.isolation import OutsideLook, ProofVerdict, judge_outside
from tasks.domain.subject import Subject

_STATUSES: Final[dict[ProofVerdict, Status]] = {"pass": "PASS", "fail": "FAIL", "skip": "SKIP", "error": "ERROR"}


async def observe(look: EndpointLook) -> OutsideLook | None:
    """A call from the internet."""
    return await look.outside()


def judge(_subject: Subject, outside: OutsideLook | None) -> Verdict:
    """Refused by the endpoint, or not connected while the way out works."""
    part = judge_outside(outside)
    return Verdict(status=_STATUSES[part.verdict], reason=part.reason)


CHECK = Check(
    code="SCORE-ISO-001",
    name="outside_callers_are_refused",
    title="Callers from the internet are refused",
    severity="critical",
    scope="endpoint",
    inputs=("outside",),
    observe=observe,
    judge=judge,
    applies=to_private,
    remedy="az ml online-endpoint update --name {endpoint} --set public_network_access=disabled {flags}",
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint",
)
