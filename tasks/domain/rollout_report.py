"""How a rollout ended, step by step."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tasks.domain.bake import Bake
from tasks.domain.errors import PermanentError
from tasks.domain.rollout_plan import RolloutPlan

Outcome = Literal["promoted", "rolled_back", "refused", "stuck"]


class RolloutReport(BaseModel):
    """How a rollout ended.

    Attributes:
        outcome: promoted, rolled_back, refused (nothing was changed, but what an earlier try had begun was taken back),
            or stuck: it failed, and so did the way back.
        color: The online deployment that was rolled out or taken back; empty where it did not come to that.
        plan: None where not even that was possible.
        seconds: The run's wall time.
        reason: Why it was not promoted.
        restored: What the look after the way back saw.
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
    restored: str = ""
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
