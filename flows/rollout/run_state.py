"""What a rollout was asked for, and what has happened so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tasks.domain.bake import Bake
from tasks.domain.naming import EndpointName
from tasks.domain.revision import Revision
from tasks.domain.rollout_plan import RolloutPlan
from tasks.domain.rollout_report import Moment, Outcome, RolloutReport
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.strategy import Strategy
from tasks.domain.target import AzureTarget


@dataclass(frozen=True)
class Asked:
    """What the flow was asked for."""

    target: AzureTarget
    endpoint: EndpointName
    requests: RolloutRequests
    revision: Revision
    strategy: Strategy


@dataclass
class Run:
    """What has happened so far.

    Attributes:
        title: What is rolled out, where that is not what was asked for.
        hint: What a person can do about what went wrong.
    """

    asked: Asked
    title: str = ""
    began: float = field(default_factory=time.monotonic)
    plan: RolloutPlan | None = None
    bakes: list[Bake] = field(default_factory=list)
    timeline: list[Moment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    color: str = ""
    restored: str = ""
    hint: str = ""
    decided_by: str = ""

    @property
    def last(self) -> Bake | None:
        """The step that was watched last."""
        return self.bakes[-1] if self.bakes else None

    def mark(self, what: str) -> None:
        """Note that something has happened now."""
        self.timeline.append(Moment(seconds=time.monotonic() - self.began, what=what))

    def note(self, bake: Bake) -> None:
        """Note a step that was watched."""
        self.bakes.append(bake)
        self.mark(f"{bake.title}: {bake.analysis.decision if bake.analysis else 'not judged'}")

    def report(self, outcome: Outcome, reason: str = "") -> RolloutReport:
        """How it ended."""
        return RolloutReport(
            outcome=outcome,
            endpoint=self.asked.endpoint,
            title=self.title or self.asked.revision.title,
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
