"""The verdict on one endpoint: its health, the root cause, and other suspects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel

from tasks.domain.diagnostics.finding import SEVERITIES, Finding, Severity
from tasks.domain.diagnostics.precedence import explained_by, rank

Health = Literal["healthy", "degraded", "unhealthy", "unknown"]


class EndpointVerdict(BaseModel, frozen=True):
    """The result of all findings on one endpoint.

    Attributes:
        endpoint: The endpoint's ARM id.
        cause: The root cause; None when nothing failed or warned.
        suspects: Other independent faults, the likeliest first.
        symptoms: Findings that the cause and the suspects explain.
        not_looked_at: Findings with status ERROR: not checked.
    """

    endpoint: str
    health: Health
    cause: Finding | None = None
    suspects: tuple[Finding, ...] = ()
    symptoms: tuple[Finding, ...] = ()
    not_looked_at: tuple[Finding, ...] = ()


def judge_endpoint(endpoint: str, findings: Iterable[Finding]) -> EndpointVerdict:
    """Find the root cause: the gravest of the findings that no other one explains."""
    known = tuple(findings)
    wrong = tuple(one for one in known if one.status in {"FAIL", "WARN"})
    explained = frozenset().union(*(_explained(one, wrong) for one in wrong))
    roots = sorted((one for one in wrong if one.code not in explained), key=lambda one: _weight(one, wrong))
    return EndpointVerdict(
        endpoint=endpoint,
        health=health_of(known),
        cause=roots[0] if roots else None,
        suspects=tuple(roots[1:]),
        symptoms=tuple(one for one in wrong if one.code in explained),
        not_looked_at=tuple(one for one in known if one.status == "ERROR"),
    )


def health_of(findings: Iterable[Finding]) -> Health:
    """Return the worst health of the findings. A check that could not be made never counts as passed."""
    pairs = {(one.status, one.severity) for one in findings}
    statuses = {status for status, _ in pairs}
    if ("FAIL", "critical") in pairs:
        return "unhealthy"
    if pairs & {("ERROR", "critical"), ("ERROR", "major")}:
        return "unknown"
    if statuses & {"FAIL", "WARN"}:
        return "degraded"
    return "unknown" if "ERROR" in statuses else "healthy"


def _explained(cause: Finding, wrong: tuple[Finding, ...]) -> frozenset[str]:
    """Return the codes that follow from a finding; one that stands alone follows from nothing."""
    return explained_by(cause.explains, {one.code: one.explains for one in wrong if not one.stands_alone})


def _weight(finding: Finding, wrong: tuple[Finding, ...]) -> tuple[bool, int, tuple[bool, int, str]]:
    """Return the sort key: the gravest finding that it is or explains, then the order of precedence."""
    effects = _explained(finding, wrong)
    grave = [one for one in wrong if one is finding or one.code in effects]
    failed = [one for one in grave if one.status == "FAIL"]
    severities: list[Severity] = [one.severity for one in failed or grave]
    return not failed, min(SEVERITIES.index(one) for one in severities), rank(finding.code, finding.explains)
