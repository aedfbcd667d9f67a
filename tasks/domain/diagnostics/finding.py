"""What one check says: a verdict on what was seen, and the finding that a person reads."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["PASS", "WARN", "FAIL", "SKIP", "ERROR"]
Severity = Literal["critical", "major", "minor"]

# What stops scoring or breaks the isolation; what stops the next change; what is worth knowing.
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "major", "minor")

# Worst first, for reports.
STATUSES: Final[tuple[Status, ...]] = ("FAIL", "ERROR", "WARN", "SKIP", "PASS")


class Evidence(BaseModel):
    """One thing that was seen, and what it should have been where that can be said."""

    model_config = ConfigDict(frozen=True)

    what: str
    seen: str
    expected: str = ""


class Verdict(BaseModel):
    """A check's judgment.

    Attributes:
        reason: A sentence: what was seen, or why nobody looked.
        remedy: The exact next action, where the check knows more than its standing remedy says.
        stands_alone: What was seen has nothing to do with what else may be wrong, so that no other finding explains it.
    """

    model_config = ConfigDict(frozen=True)

    status: Status
    reason: str
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""
    stands_alone: bool = False


class Finding(BaseModel):
    """A verdict with all that a reader needs beside it.

    Attributes:
        subject: The ARM id of the workspace or endpoint that was judged.
        title: A sentence that is true when all is well.
        remedy: The exact command or setting; empty on PASS and SKIP.
        explains: Codes of the checks that fail as a direct consequence of this finding.
        fixed_by_redeploy: Whether a new online deployment is what fixes it.
    """

    model_config = ConfigDict(frozen=True)

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
    def is_well(self) -> bool:
        """Whether it gives no cause to look deeper."""
        return self.status in {"PASS", "SKIP"}


def passed(reason: str, *evidence: Evidence) -> Verdict:
    """All is well."""
    return Verdict(status="PASS", reason=reason, evidence=evidence)


def warned(reason: str, *evidence: Evidence, remedy: str = "") -> Verdict:
    """It works, but a person should know."""
    return Verdict(status="WARN", reason=reason, evidence=evidence, remedy=remedy)


def failed(reason: str, *evidence: Evidence, remedy: str = "", stands_alone: bool = False) -> Verdict:
    """It is not as it must be."""
    return Verdict(status="FAIL", reason=reason, evidence=evidence, remedy=remedy, stands_alone=stands_alone)


def skipped(reason: str) -> Verdict:
    """The check doesn't apply here; the reason says why."""
    return Verdict(status="SKIP", reason=reason)


def seen(what: str, value: object, expected: object = "") -> Evidence:
    """A line of evidence."""
    return Evidence(what=what, seen=str(value), expected=str(expected))
