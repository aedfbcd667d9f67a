"""The result of one step: the measurements of both colors, and the decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import BaseModel

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.azure.traffic import share_of
from tasks.domain.common.errors import NotReady
from tasks.domain.rollout.analysis import Analysis, StepMeasurements, analyzed
from tasks.domain.rollout.limits import Limits
from tasks.domain.rollout.measurements import MIN_USER_SAMPLES, NOTHING, Fault, Measured, fault_of, measured


class Tally(BaseModel, frozen=True):
    """The answers of one online deployment to probes.

    Attributes:
        faults: Number of failed answers by origin of the fault.
        first_failure: The first failed answer, in words.
        in_a_row: Maximum number of consecutive failures.
        latencies: Latencies of the successful answers, in seconds.
    """

    faults: Mapping[Fault, int] = {}
    first_failure: str = ""
    in_a_row: int = 0
    latencies: tuple[float, ...] = ()

    @property
    def answers(self) -> int:
        """Number of calls."""
        return len(self.latencies) + self.failed

    @property
    def failed(self) -> int:
        """Number of failed calls."""
        return sum(self.faults.values())


class Bake(BaseModel, frozen=True):
    """One step of the traffic, observed over its bake time.

    Attributes:
        percent: The candidate's share; 0 while it only gets mirror traffic.
        is_kept: True once it is promoted, while the stable deployment is kept.
        is_asked: True while the step lasts only because approval is awaited.
        sent: When the traffic change was requested.
        began: When the traffic change took effect, and the observation began.
        mirror: Percentage of the traffic that is mirrored to it.
        tallies: By online deployment, in lower case; calls without a known deployment are under the empty name.
        routed: Number of calls without a deployment header that each one answered.
        users: Answers to all other calls, by online deployment in lower case, as known to Log Analytics so far.
        earlier: The same just before: in the previous step, with what Log Analytics has received since; where
            there is none, over the length of the bake.
        notes: Observations that failed, and extensions for too few samples.
        analysis: None until it was judged.
    """

    percent: int
    traffic: dict[str, int]
    mirror: int = 0
    is_kept: bool = False
    awaits_approval: bool = False
    sent: datetime | None = None
    began: datetime | None = None
    seconds: float
    tallies: Mapping[str, Tally] = {}
    routed: Mapping[str, int] = {}
    users: Mapping[str, Measured] = {}
    earlier: Mapping[str, Measured] = {}
    notes: tuple[str, ...] = ()
    analysis: Analysis | None = None

    @property
    def title(self) -> str:
        """The step in words."""
        if self.is_kept:
            return "after promotion"
        if self.awaits_approval:
            return "waiting for approval"
        return f"mirroring {self.mirror} %" if self.mirror else f"at {self.percent} %"

    @property
    def is_failed(self) -> bool:
        """True when the step was judged as failed."""
        return self.analysis is not None and self.analysis.decision == "failed"

    def of(self, color: str) -> StepMeasurements:
        """Return all measurements of one online deployment."""
        one = self.tallies.get(color.lower(), Tally())
        return StepMeasurements(
            probes=measured(one.faults, one.latencies),
            users=self.users.get(color.lower(), NOTHING),
            in_a_row=one.in_a_row,
            first_failure=one.first_failure,
        )

    def before(self, color: str) -> StepMeasurements:
        """Return the stable deployment's measurements, with earlier calls of users where there are few now."""
        seen, earlier = self.of(color), self.earlier.get(color.lower(), NOTHING)
        has_enough = seen.users.samples >= MIN_USER_SAMPLES
        users = seen.users if has_enough else max(seen.users, earlier, key=lambda one: one.samples)
        return seen.model_copy(update={"users": users})


class Step(BaseModel, frozen=True):
    """One step of the traffic, to observe.

    Attributes:
        endpoint: With its present traffic.
        sent: When the traffic change was requested: users' calls count from then, or from the observation's start.
        last: The previous step, which is judged again: users' calls reach Log Analytics minutes late.
    """

    endpoint: Endpoint
    sent: datetime | None = None
    last: Bake | None = None


def tally(answers: Iterable[ScoringAnswer]) -> dict[str, Tally]:
    """Return the tally of each online deployment."""
    by_color: dict[str, list[ScoringAnswer]] = {}
    for one in answers:
        by_color.setdefault(one.deployment.lower(), []).append(one)
    return {color: _tally(some) for color, some in by_color.items()}


def _tally(answers: list[ScoringAnswer]) -> Tally:
    failed = [one for one in answers if not one.is_ok]
    counts: dict[Fault, int] = {}
    for one in failed:
        kind = fault_of(one.status, one.model_error_status) or "refused"
        counts[kind] = counts.get(kind, 0) + 1
    return Tally(
        faults=counts,
        first_failure=_described(failed[0]) if failed else "",
        in_a_row=_longest_run(answers),
        latencies=tuple(one.latency_seconds for one in answers if one.is_ok),
    )


def _longest_run(answers: list[ScoringAnswer]) -> int:
    longest = run = 0
    for one in answers:
        run = 0 if one.is_ok else run + 1
        longest = max(longest, run)
    return longest


def _described(answer: ScoringAnswer) -> str:
    excerpt = " ".join(answer.body.split())[:200] or "an empty body"
    return f"HTTP {answer.status} ({answer.outcome}): {excerpt}" if answer.status else excerpt


def rejudged(
    last: Bake, users: Mapping[str, Measured], colors: tuple[str, str], limits: Limits, *, so_far: bool
) -> Analysis:
    """Judge a completed step by what Log Analytics has now, see `analyzed`; the candidate comes first in `colors`."""
    new, old = colors
    whole = last.model_copy(update={"users": users})
    found = analyzed(whole.of(new), whole.before(old), limits, so_far=so_far)
    return found.model_copy(update={"reason": f"by calls received since, it failed {last.title}: {found.reason}"})


def require_passed(bake: Bake, color: str) -> None:
    """Refuse to continue after a failed step.

    Raises:
        NotReady: With the numbers.
    """
    if bake.analysis and bake.analysis.decision == "failed":
        raise NotReady(
            f"{bake.title} {color}: {bake.analysis.reason}",
            f"Read the log of {color} in the run's artifacts.",
        )


def unexpected_answers(bake: Bake) -> dict[str, int]:
    """Return who answered calls without a deployment header and has no share of the traffic."""
    return {name: count for name, count in bake.routed.items() if name and not share_of(bake.traffic, name)}
