"""The result of one check: a verdict on its observation, and the finding that a report shows."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel

Status = Literal["PASS", "WARN", "FAIL", "SKIP", "ERROR"]
Severity = Literal["critical", "major", "minor"]

# Critical stops scoring or breaks the isolation; major stops the next change; minor is for information.
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "major", "minor")

# Worst first, for reports.
STATUSES: Final[tuple[Status, ...]] = ("FAIL", "ERROR", "WARN", "SKIP", "PASS")


class Evidence(BaseModel, frozen=True):
    """One observed value, with the expected one where it is known."""

    what: str
    seen: str
    expected: str = ""


class Verdict(BaseModel, frozen=True):
    """A check's judgment.

    Attributes:
        reason: One sentence: the observation, or why it was not checked.
        remedy: The exact next action, where it is more specific than the check's general remedy.
        stands_alone: True when the observation is independent of other faults, so that no other finding explains it.
    """

    status: Status
    reason: str
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""
    stands_alone: bool = False


class Finding(BaseModel, frozen=True):
    """A verdict with everything that a reader needs.

    Attributes:
        subject: The ARM id of the workspace or endpoint that was judged.
        title: A sentence that is true when all is well.
        remedy: The exact command or setting; empty on PASS and SKIP.
        explains: Codes of the checks that fail as a direct consequence of this finding.
        fixed_by_redeploy: True when a new online deployment fixes it.
    """

    code: str
    name: str
    title: str
    severity: Severity
    subject: str
    status: Status
    reason: str
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""
    doc: str = ""
    stands_alone: bool = False
    explains: tuple[str, ...] = ()
    fixed_by_redeploy: bool = False

    @property
    def is_healthy(self) -> bool:
        """True when it needs no investigation."""
        return self.status in {"PASS", "SKIP"}


def passed(reason: str, *evidence: Evidence) -> Verdict:
    """Return a pass: it is as required."""
    return Verdict(status="PASS", reason=reason, evidence=evidence)


def warned(reason: str, *evidence: Evidence, remedy: str = "") -> Verdict:
    """Return a warning: it works, but needs attention."""
    return Verdict(status="WARN", reason=reason, evidence=evidence, remedy=remedy)


def failed(reason: str, *evidence: Evidence, remedy: str = "", stands_alone: bool = False) -> Verdict:
    """Return a failure: it is not as required."""
    return Verdict(status="FAIL", reason=reason, evidence=evidence, remedy=remedy, stands_alone=stands_alone)


def skipped(reason: str) -> Verdict:
    """Return a skip: the check doesn't apply here, and the reason says why."""
    return Verdict(status="SKIP", reason=reason)


def seen(what: str, value: object, expected: object = "") -> Evidence:
    """Return a line of evidence."""
    return Evidence(what=what, seen=str(value), expected=str(expected))
