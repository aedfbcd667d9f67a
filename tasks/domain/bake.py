"""What the rollout's own probes saw during one step, and what that means for the next color."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from tasks.domain.errors import NotReady
from tasks.domain.scoring import ScoringAnswer
from tasks.domain.traffic import share_of


class Tally(BaseModel):
    """The answers of one online deployment.

    Attributes:
        failures: How many were no success, by what they were.
        first_failure: The first one, in words.
        latencies: Of the successful ones, in seconds.
    """

    model_config = ConfigDict(frozen=True)

    failures: Mapping[str, int] = {}
    first_failure: str = ""
    latencies: tuple[float, ...] = ()

    @property
    def answers(self) -> int:
        """All answers."""
        return len(self.latencies) + self.failed

    @property
    def failed(self) -> int:
        """Those that were no success."""
        return sum(self.failures.values())


class Bake(BaseModel):
    """One step of the traffic, watched.

    Attributes:
        percent: The next color's share.
        tallies: By online deployment, in lower case; calls that nobody answered for are under the empty name.
        routed: How many of the calls that named nobody each one answered.
    """

    model_config = ConfigDict(frozen=True)

    percent: int
    traffic: dict[str, int]
    seconds: float
    tallies: Mapping[str, Tally] = {}
    routed: Mapping[str, int] = {}

    def of(self, color: str) -> Tally:
        """The answers of one online deployment."""
        return self.tallies.get(color.lower(), Tally())


def tally(answers: Iterable[ScoringAnswer]) -> dict[str, Tally]:
    """The answers by who gave them."""
    by_color: dict[str, list[ScoringAnswer]] = {}
    for one in answers:
        by_color.setdefault(one.deployment.lower(), []).append(one)
    return {color: _tally(some) for color, some in by_color.items()}


def _tally(answers: list[ScoringAnswer]) -> Tally:
    failed = [one for one in answers if not one.is_ok]
    counts: dict[str, int] = {}
    for one in failed:
        counts[one.outcome] = counts.get(one.outcome, 0) + 1
    return Tally(
        failures=counts,
        first_failure=_told(failed[0]) if failed else "",
        latencies=tuple(one.latency_seconds for one in answers if one.is_ok),
    )


def _told(answer: ScoringAnswer) -> str:
    excerpt = " ".join(answer.body.split())[:200] or "an empty body"
    return f"HTTP {answer.status} ({answer.outcome}): {excerpt}"


def require_well(bake: Bake, color: str) -> None:
    """Refuse to go on after a step in which the next color failed, or answered nothing at all.

    Raises:
        NotReady: With the numbers.
    """
    seen = bake.of(color)
    if seen.failed:
        raise NotReady(
            f"at {bake.percent} % {color} failed {seen.failed} of {seen.answers} calls: {seen.first_failure}",
            f"Read the log of {color}, which is left without traffic.",
        )
    if not seen.answers:
        raise NotReady(
            f"at {bake.percent} % {color} answered none of the rollout's calls",
            "Look whether this worker reaches the scoring host: run the diagnostics.",
        )


def strangers(bake: Bake) -> dict[str, int]:
    """Who answered calls that named nobody without having a share of the traffic."""
    return {name: count for name, count in bake.routed.items() if name and not share_of(bake.traffic, name)}
