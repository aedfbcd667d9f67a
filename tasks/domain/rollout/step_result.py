"""What was seen of both colors during one step, and what that means for the next one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.azure.traffic import share_of
from tasks.domain.common.errors import NotReady
from tasks.domain.rollout.analysis import Analysis, Seen, analyzed
from tasks.domain.rollout.limits import Limits
from tasks.domain.rollout.measurements import FEWEST_USERS, NOTHING, Fault, Measured, fault_of, measured


class Tally(BaseModel):
    """The answers of one online deployment to probes.

    Attributes:
        faults: How many were no success, by whose fault it was.
        first_failure: The first one, in words.
        in_a_row: Most of them in a row.
        latencies: Of the successful ones, in seconds.
    """

    model_config = ConfigDict(frozen=True)

    faults: Mapping[Fault, int] = {}
    first_failure: str = ""
    in_a_row: int = 0
    latencies: tuple[float, ...] = ()

    @property
    def answers(self) -> int:
        """All calls."""
        return len(self.latencies) + self.failed

    @property
    def failed(self) -> int:
        """Those that were no success."""
        return sum(self.faults.values())


class Bake(BaseModel):
    """One step of the traffic, watched.

    Attributes:
        percent: The next color's share; 0 while it only gets copies.
        is_kept: Whether it was promoted already, and the old color is kept for a while.
        is_asked: Whether it goes on so only because a person is asked.
        sent: When the traffic was asked to go so.
        began: When it went so, and was watched from.
        mirror: Percent of the traffic that it gets copies of.
        tallies: By online deployment, in lower case; calls that nobody answered for are under the empty name.
        routed: How many of the calls that named nobody each one answered.
        users: What everybody else's calls met, by online deployment in lower case, as Log Analytics saw it so far.
        earlier: What they met just before: in the step before this one, with what Log Analytics got of it since; where
            there is none, in as long a time as the bake.
        notes: What could not be seen, and what was done about too few samples.
        analysis: None until it was judged.
    """

    model_config = ConfigDict(frozen=True)

    percent: int
    traffic: dict[str, int]
    mirror: int = 0
    is_kept: bool = False
    is_asked: bool = False
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
            return "once promoted"
        if self.is_asked:
            return "waiting for a person"
        return f"mirroring {self.mirror} %" if self.mirror else f"at {self.percent} %"

    @property
    def is_failed(self) -> bool:
        """Whether it was judged so."""
        return self.analysis is not None and self.analysis.decision == "failed"

    def of(self, color: str) -> Seen:
        """All that was seen of one online deployment."""
        one = self.tallies.get(color.lower(), Tally())
        return Seen(
            probes=measured(one.faults, one.latencies),
            users=self.users.get(color.lower(), NOTHING),
            in_a_row=one.in_a_row,
            first_failure=one.first_failure,
        )

    def before(self, color: str) -> Seen:
        """What the old color did, to compare with; with its users' calls of earlier, where it has hardly any now."""
        seen, earlier = self.of(color), self.earlier.get(color.lower(), NOTHING)
        has_enough = seen.users.samples >= FEWEST_USERS
        users = seen.users if has_enough else max(seen.users, earlier, key=lambda one: one.samples)
        return seen.model_copy(update={"users": users})


class Step(BaseModel):
    """One step of the traffic, to be watched.

    Attributes:
        endpoint: With the traffic as it goes now.
        sent: When it was asked to go so: users' calls are counted from then on, or from the beginning of the watch.
        last: The step before, which is judged again: users' calls get into Log Analytics minutes late.
    """

    model_config = ConfigDict(frozen=True)

    endpoint: Endpoint
    sent: datetime | None = None
    last: Bake | None = None


def tally(answers: Iterable[ScoringAnswer]) -> dict[str, Tally]:
    """The answers by who gave them."""
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
        first_failure=_told(failed[0]) if failed else "",
        in_a_row=_longest_run(answers),
        latencies=tuple(one.latency_seconds for one in answers if one.is_ok),
    )


def _longest_run(answers: list[ScoringAnswer]) -> int:
    longest = run = 0
    for one in answers:
        run = 0 if one.is_ok else run + 1
        longest = max(longest, run)
    return longest


def _told(answer: ScoringAnswer) -> str:
    excerpt = " ".join(answer.body.split())[:200] or "an empty body"
    return f"HTTP {answer.status} ({answer.outcome}): {excerpt}" if answer.status else excerpt


def judged_again(
    last: Bake, users: Mapping[str, Measured], colors: tuple[str, str], limits: Limits, *, so_far: bool
) -> Analysis:
    """Judge a step that is over by what Log Analytics has of it now, see `analyzed`; the next color comes first."""
    new, old = colors
    whole = last.model_copy(update={"users": users})
    found = analyzed(whole.of(new), whole.before(old), limits, so_far=so_far)
    return found.model_copy(update={"reason": f"by the calls known since, it failed {last.title}: {found.reason}"})


def require_well(bake: Bake, color: str) -> None:
    """Refuse to go on after a step that failed.

    Raises:
        NotReady: With the numbers.
    """
    if bake.analysis and bake.analysis.decision == "failed":
        raise NotReady(
            f"{bake.title} {color}: {bake.analysis.reason}",
            f"Read the log of {color}, which the run has kept as an artifact.",
        )


def strangers(bake: Bake) -> dict[str, int]:
    """Who answered calls that named nobody without having a share of the traffic."""
    return {name: count for name, count in bake.routed.items() if name and not share_of(bake.traffic, name)}
