"""A remedy as a plan: the changes of properties of resources. It is approved manually before anything changes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue

from tasks.domain.azure.networking.private_access import PrivateAccessSpec
from tasks.domain.common.approval import digest
from tasks.domain.common.errors import EndpointOpsError, NotReady, ServiceUnavailable
from tasks.domain.common.forms import OrEmpty
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.verdict import EndpointVerdict, Health


class RemedyRequest(BaseModel, frozen=True, extra="forbid"):
    """The choices of a remedy's caller."""

    code: str | None = None  # of the check whose finding is to be fixed; None: the root cause
    image_build_compute: Annotated[str | None, OrEmpty()] = Field(
        default=None, description="The compute cluster to build images with. Empty: the workspace's only suitable one."
    )
    private_access: Annotated[PrivateAccessSpec | None, OrEmpty()] = Field(
        default=None, description="Where to create the private endpoint, if the workspace has none."
    )


class Change(BaseModel, frozen=True):
    """One property of one resource.

    Attributes:
        resource: Its ARM id.
        what: Its kind and name.
        path: The property, as a path through the resource's JSON.
        before: What it must still be when the plan is applied.
        is_ours: Whether this project made the resource; if not, the approver should know.
    """

    resource: str
    what: str
    path: str
    before: JsonValue
    after: JsonValue
    is_ours: bool = False


class Condition(BaseModel, frozen=True):
    """A precondition of the plan, which must still hold when it is applied."""

    resource: str
    what: str
    path: str
    value: JsonValue


class RemedyPlan(BaseModel, frozen=True):
    """The changes that would fix one finding.

    Attributes:
        endpoint: The endpoint that was diagnosed.
        health: Its health when this was planned.
        finding: The finding to fix; None when there is none.
        summary: The change in one sentence, or the reason why there is none.
        warning: What to consider before it is approved.
        changes: All changes; nothing else is written. Empty: there is nothing to approve.
        private_access: How a private endpoint among the changes is made, with its DNS zones and links.
    """

    endpoint: str
    health: Health
    finding: Finding | None = None
    summary: str
    warning: str = ""
    changes: tuple[Change, ...] = ()
    stands_on: tuple[Condition, ...] = ()
    private_access: PrivateAccessSpec | None = None

    @property
    def digest(self) -> str:
        """The digest of exactly these changes: an approval is valid for no others."""
        made = [self.private_access] if self.private_access else []
        return digest([one.model_dump(mode="json") for one in (*self.changes, *self.stands_on, *made)])


class Draft(BaseModel, frozen=True):
    """A planner's result: changes, or in ``summary`` the reason why there are none."""

    summary: str
    warning: str = ""
    changes: tuple[Change, ...] = ()
    stands_on: tuple[Condition, ...] = ()
    private_access: PrivateAccessSpec | None = None


Outcome = Literal["healthy", "by_hand", "refused", "applied"]


class RemedyReport(BaseModel, frozen=True):
    """The result of a remedy.

    Attributes:
        outcome: healthy (nothing to fix), by_hand (to be fixed manually), refused, or applied and verified.
        decided_by: The name that the approver gave.
        health: The endpoint's after the remedy, or as it was when nothing was changed.
        next_cause: The remaining root cause; None when the endpoint is healthy.
    """

    plan: RemedyPlan
    outcome: Outcome
    decided_by: str = ""
    health: Health
    next_cause: Finding | None = None


def unchanged(plan: RemedyPlan, refused_by: str = "") -> RemedyReport:
    """Return the report of a run that changed nothing: there was nothing to approve, or it was refused."""
    outcome: Outcome = "refused" if refused_by else "by_hand" if plan.finding else "healthy"
    return RemedyReport(plan=plan, outcome=outcome, decided_by=refused_by, health=plan.health, next_cause=plan.finding)


def applied(plan: RemedyPlan, approved_by: str, after: EndpointVerdict) -> RemedyReport:
    """Return the report of a remedy that was applied and verified."""
    return RemedyReport(
        plan=plan, outcome="applied", decided_by=approved_by, health=after.health, next_cause=after.cause
    )


def failure_of(code: str, verdict: EndpointVerdict) -> EndpointOpsError | None:
    """Return the error to raise when a check still fails after its remedy; None when it passes.

    "Not checked" is temporary, and never counts as success.
    """
    for one in (verdict.cause, *verdict.suspects, *verdict.symptoms):
        if one and one.code == code:
            return NotReady(f"the remedy was applied, and {code} still fails: {one.reason}", one.remedy)
    for one in verdict.not_looked_at:
        if one.code == code:
            return ServiceUnavailable(f"the remedy was applied, but {code} is not verified: {one.reason}", one.remedy)
    return None


def same_value(one: JsonValue, other: JsonValue) -> bool:
    """Return whether two values are equal to Azure, which ignores case, and treats off, empty and missing alike."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if isinstance(one, dict | None) and isinstance(other, dict | None):
        return _shares(one) == _shares(other)
    return (one or None) == (other or None)


def _shares(value: dict[str, JsonValue] | None) -> dict[str, JsonValue]:
    return {name.lower(): share for name, share in (value or {}).items() if share}
