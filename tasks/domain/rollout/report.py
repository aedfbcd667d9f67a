"""The report of a rollout, step by step."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from tasks.domain.common.errors import PermanentError
from tasks.domain.rollout.plan import RolloutPlan
from tasks.domain.rollout.step_result import Bake

Outcome = Literal["promoted", "shadowed", "superseded", "rolled_back", "refused", "stuck"]


class Moment(BaseModel, frozen=True):
    """An entry of the timeline, in seconds after the run began."""

    seconds: float
    what: str


class RolloutReport(BaseModel, frozen=True):
    """The report of a rollout.

    Attributes:
        outcome: promoted; shadowed (mirror traffic only, nothing was changed); superseded (a newer version made it
            needless); rolled_back; refused (nothing was changed, except that an earlier attempt was rolled back); or
            stuck: it failed, and so did the rollback.
        color: The online deployment that was rolled out or rolled back; empty where there was none.
        plan: None where planning failed.
        seconds: The run's wall time.
        reason: The reason why it was not promoted.
        hint: The next action.
        restored: The result of the check after the rollback.
        is_final: True when a rollback is impossible, since the deployments that had the traffic are gone.
        timeline: The entries in order.
        notes: Problems that did not fail the rollout.
        decided_by: Who approved or rejected 100 percent, where approval was required.
    """

    outcome: Outcome
    endpoint: str
    title: str
    color: str = ""
    plan: RolloutPlan | None = None
    bakes: tuple[Bake, ...] = ()
    seconds: float = 0.0
    reason: str = ""
    hint: str = ""
    restored: str = ""
    is_final: bool = False
    timeline: tuple[Moment, ...] = ()
    notes: tuple[str, ...] = ()
    decided_by: str = ""


class NotPromoted(PermanentError):  # noqa: N818 -- says what happened, as all errors here do
    """The new revision does not serve.

    Attributes:
        report: The report; None where another process passed on only the message.
    """

    def __init__(self, message: str, report: RolloutReport | None = None) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.report)
