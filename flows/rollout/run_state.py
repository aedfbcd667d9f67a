"""A rollout's request, its stages and their results, and the state of its run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.plan import RolloutPlan
from tasks.domain.rollout.report import Moment, Outcome, RolloutReport
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.step_result import Bake
from tasks.domain.rollout.strategy import Strategy


@dataclass(frozen=True)
class RolloutRequest:
    """The parameters of the flow."""

    target: AzureTarget
    endpoint: EndpointName
    requests: RolloutRequests
    revision: Revision
    strategy: Strategy


@dataclass
class Run:
    """The state of one run.

    Attributes:
        title: What is rolled out, if not the requested revision.
        rollout: The rollout to work on, or to roll back; not set before the run has planned one, or found one.
        mirrored: The endpoint with the mirror traffic that the run has set; `routed`: with its live traffic.
        color: The online deployment that was rolled out or rolled back; empty before.
    """

    request: RolloutRequest
    title: str = ""
    began: float = field(default_factory=time.monotonic)
    plan: RolloutPlan | None = None
    rollout: Rollout = field(init=False, repr=False)
    mirrored: Endpoint | None = None
    routed: Endpoint | None = None
    bakes: list[Bake] = field(default_factory=list)
    timeline: list[Moment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    color: str = ""
    restored: str = ""
    hint: str = ""
    decided_by: str = ""

    @property
    def last(self) -> Bake | None:
        """The last step that was observed."""
        return self.bakes[-1] if self.bakes else None

    def mark(self, what: str) -> None:
        """Add a line to the timeline."""
        self.timeline.append(Moment(seconds=time.monotonic() - self.began, what=what))

    def add(self, bake: Bake) -> None:
        """Add an observed step."""
        self.bakes.append(bake)
        self.mark(f"{bake.title}: {bake.analysis.decision if bake.analysis else 'not judged'}")

    def report(self, outcome: Outcome, reason: str = "") -> RolloutReport:
        """Return the report of a run that ends with this outcome."""
        return RolloutReport(
            outcome=outcome,
            endpoint=self.request.endpoint,
            title=self.title or self.request.revision.title,
            color=self.color,
            plan=self.plan,
            bakes=tuple(self.bakes),
            seconds=time.monotonic() - self.began,
            reason=reason,
            hint=self.hint,
            restored=self.restored,
            timeline=tuple(self.timeline),
            notes=tuple(self.notes),
            decided_by=self.decided_by,
        )


@dataclass(frozen=True)
class StageResult:
    """What the run does after a stage.

    Attributes:
        action: continue with the next stage, stop with the stage's own outcome, or roll_back.
        failed: For roll_back: the candidate failed. Otherwise it was only interrupted, and a promotion that Azure has
            completed meanwhile stands.
        then: For continue: the stages to run instead of those ahead.
    """

    action: Literal["continue", "stop", "roll_back"]
    reason: str = ""
    hint: str = ""
    failed: bool = True
    then: tuple[Stage, ...] = ()


CONTINUE: Final = StageResult("continue")


@dataclass(frozen=True)
class Stage:
    """One stage of a rollout.

    Attributes:
        on_stop: The run's outcome if the stage stops it.
        on_error: The run's outcome if the stage raises an EndpointOpsError; or roll_back, which is done after a
            cancellation and any other exception, too; or raise, once there is nothing to roll back.
    """

    name: str
    run: Callable[[Run], StageResult]
    on_stop: Outcome = "refused"
    on_error: Outcome | Literal["roll_back", "raise"] = "roll_back"
