"""Whether the next online deployment did well in a step, beside the one that serves: by numbers alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tasks.domain.rollout.binomial import is_beyond
from tasks.domain.rollout.limits import Limits
from tasks.domain.rollout.measurements import FEWEST_FOR_P95, FEWEST_USERS, NOTHING, Measured, faults_text, latency_text

# Before a step is over, a latency counts where more answers would hardly change it.
_SURE_P50, _SURE_P95 = 20, 200

Decision = Literal["success", "failed", "inconclusive"]


class Seen(BaseModel):
    """One online deployment in one step.

    Attributes:
        probes: As the rollout's own calls saw it.
        users: As Log Analytics saw the calls of everybody else; nothing where it keeps none.
        in_a_row: Most probes without success in a row.
        first_failure: The first of them, in words.
    """

    model_config = ConfigDict(frozen=True)

    probes: Measured = NOTHING
    users: Measured = NOTHING
    in_a_row: int = 0
    first_failure: str = ""

    @property
    def samples(self) -> int:
        """Answers in all."""
        return self.probes.samples + self.users.samples

    @property
    def failed_probes(self) -> int:
        """Refusals too: probes send what the team has chosen, and the model has to take it."""
        return self.probes.errors + self.probes.refused

    @property
    def errors(self) -> int:
        """Answers that are held against it. What it refuses to users may be their own mistake."""
        return self.failed_probes + self.users.errors

    @property
    def throttled(self) -> int:
        """Answers with HTTP 429."""
        return self.probes.throttled + self.users.throttled

    @property
    def error_percent(self) -> float:
        """Of all answers."""
        return _percent(self.errors, self.samples)

    @property
    def throttled_percent(self) -> float:
        """Of all answers."""
        return _percent(self.throttled, self.samples)


class Analysis(BaseModel):
    """What the numbers of a step come to.

    Attributes:
        reason: Why, in one sentence with the numbers.
    """

    model_config = ConfigDict(frozen=True)

    decision: Decision
    reason: str


def analyzed(new: Seen, old: Seen, limits: Limits, *, so_far: bool = False) -> Analysis:
    """Judge the next color, beside the old one.

    What went wrong outright counts with however few samples; rates and latencies need as many as the limits say.

    Args:
        new: What the next color did.
        old: What the old one did.
        limits: What the next one may do.
        so_far: Whether the step goes on: then only that fails which more samples would hardly make good again.
    """
    if wrong := outright(new, limits):
        return Analysis(decision="failed", reason=wrong)
    if new.samples < limits.min_samples:
        lost = new.probes.faults.get("network", 0)
        unanswered = f"; {lost} probes met no answer: {new.first_failure}" if lost else ""
        reason = f"{new.samples} samples, and {limits.min_samples} are needed{unanswered}"
        return Analysis(decision="inconclusive", reason=reason)
    wrongs = chain(
        _rates(new, old, limits, so_far=so_far),
        _refusals(new, old, limits),
        _latencies(new, old, limits, so_far=so_far),
    )
    found = next(wrongs, "")
    return Analysis(decision="failed" if found else "success", reason=found or summary(new, old))


def outright(new: Seen, limits: Limits) -> str:
    """Why no further probe is needed; empty while nothing is."""
    seen = new.probes
    if new.failed_probes > limits.failed_probes:
        return f"failed {new.failed_probes} of {seen.calls} probes ({faults_text(seen)}): {new.first_failure}"
    if new.in_a_row >= limits.consecutive_errors:
        return f"{new.in_a_row} probes in a row had no success ({faults_text(seen)}): {new.first_failure}"
    return ""


def summary(new: Seen, old: Seen) -> str:
    """The numbers in words."""
    return f"{words(new)}; {f'before {words(old)}' if old.samples else 'nothing to compare with'}"


def is_slower(new: float | None, old: float | None, limits: Limits) -> bool:
    """Whether a latency is worse than the limits allow beside the old one."""
    if new is None or old is None or not limits.times_as_slow:
        return False
    return new > old * limits.times_as_slow and new - old > limits.slower_ms


def _rates(new: Seen, old: Seen, limits: Limits, *, so_far: bool) -> Iterator[str]:
    faults = ", ".join(
        f"{who} {faults_text(seen)}" for who, seen in (("probes", new.probes), ("users", new.users)) if seen.faults
    )
    failed = f"{new.error_percent:.1f} % of {new.samples} calls failed ({faults})"
    if _is_above(new.errors, new.samples, limits.error_percent, sure=so_far):
        yield f"{failed}, at most {limits.error_percent:g} %"
    if old.samples and _is_above(new.errors, new.samples, old.error_percent + limits.error_points, sure=so_far):
        yield f"{failed}, before {old.error_percent:.1f} %, at most {limits.error_points:g} points more"
    if _is_above(new.throttled, new.samples, limits.throttled_percent, sure=so_far):
        yield (
            f"{new.throttled_percent:.1f} % of {new.samples} calls were throttled, at most "
            f"{limits.throttled_percent:g} %"
        )


def _refusals(new: Seen, old: Seen, limits: Limits) -> Iterator[str]:
    """Wrong requests meet both colors alike: only what the old one would take is held against the next one."""
    mine, theirs = new.users, old.users
    before = _percent(theirs.refused, theirs.samples)
    if theirs.samples >= FEWEST_USERS and _is_above(
        mine.refused, mine.samples, before + limits.error_points, sure=True
    ):
        yield (
            f"refused {_percent(mine.refused, mine.samples):.1f} % of {mine.samples} users' calls, before "
            f"{before:.1f} %, at most {limits.error_points:g} points more"
        )


def _latencies(new: Seen, old: Seen, limits: Limits, *, so_far: bool) -> Iterator[str]:
    sure_p50, sure_p95 = (_SURE_P50, _SURE_P95) if so_far else (1, FEWEST_FOR_P95)
    for who, mine, theirs, fewest in (
        ("probes", new.probes, old.probes, 1),
        ("users", new.users, old.users, FEWEST_USERS),
    ):
        for name, now, before, most, sure in (
            ("median", mine.p50_ms, theirs.p50_ms, limits.p50_ms, sure_p50),
            ("95th percentile", mine.p95_ms, theirs.p95_ms, limits.p95_ms, sure_p95),
        ):
            if now is None or mine.answered < max(fewest, sure):
                continue
            if most and now > most:
                yield f"the {name} latency of {who} is {now:.0f} ms, at most {most:g} ms"
            if theirs.answered >= max(fewest, sure) and is_slower(now, before, limits):
                yield (
                    f"the {name} latency of {who} is {now:.0f} ms, before {before:.0f} ms, at most "
                    f"{limits.times_as_slow:g} times as much"
                )


def _is_above(count: int, calls: int, percent: float, *, sure: bool) -> bool:
    return _percent(count, calls) > percent and (not sure or is_beyond(count, calls, percent))


def words(seen: Seen) -> str:
    """The numbers of one color in words."""
    latency = f"p50 {latency_text(seen.probes.p50_ms)}, p95 {latency_text(seen.probes.p95_ms)}"
    rates = f"{seen.error_percent:.1f} % errors, {seen.throttled_percent:.1f} % throttled"
    return f"{seen.samples} samples, {rates}, {latency}"


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
