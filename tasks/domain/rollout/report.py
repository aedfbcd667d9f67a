"""How a rollout ended, step by step."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tasks.domain.common.errors import PermanentError
from tasks.domain.rollout.plan import RolloutPlan
from tasks.domain.rollout.step_result import Bake

Outcome = Literal["promoted", "shadowed", "superseded", "rolled_back", "refused", "stuck"]


class Moment(BaseModel):
    """Something that happened, so many seconds after the run began."""

    model_config = ConfigDict(frozen=True)

    seconds: float
    what: str


class RolloutReport(BaseModel):
    """How a rollout ended.

    Attributes:
        outcome: promoted; shadowed (copies were answered, and all is as before); superseded (a newer version made it
            needless); rolled_back; refused (nothing was changed, but what an earlier try had begun was taken back); or
            stuck: it failed, and so did the way back.
        color: The online deployment that was rolled out or taken back; empty where it did not come to that.
        plan: None where not even that was possible.
        seconds: The run's wall time.
        reason: Why it was not promoted.
        hint: What a person can do about that.
        restored: What the look after the way back saw.
        is_final: Whether nobody can take it back any more, since what had the traffic before is gone.
        timeline: What happened when.
        notes: What could not be done, and is no reason to fail.
        decided_by: Who approved or refused 100 percent, where a person was asked.
    """

    model_config = ConfigDict(frozen=True)

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
        report: How it came to that; None where only the message has come over from another process.
    """

    def __init__(self, message: str, report: RolloutReport | None = None) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.report)
