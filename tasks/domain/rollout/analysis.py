"""Judge the candidate in a step of a rollout against the stable deployment, by numbers alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Literal

from pydantic import BaseModel

from tasks.domain.rollout.binomial import is_beyond
from tasks.domain.rollout.limits import Limits
from tasks.domain.rollout.measurements import (
    MIN_FOR_P95,
    MIN_USER_SAMPLES,
    NOTHING,
    Measured,
    faults_text,
    latency_text,
)

# During a step, a latency counts only once more answers would hardly change it.
_SURE_P50, _SURE_P95 = 20, 200

Decision = Literal["success", "failed", "inconclusive"]


class StepMeasurements(BaseModel, frozen=True):
    """The measurements of one online deployment in one step.

    Attributes:
        probes: Answers to the rollout's own calls.
        users: Answers to all other calls, from Log Analytics; empty where it has none.
        in_a_row: Maximum number of consecutive failed probes.
        first_failure: The first failed probe, in words.
    """

    probes: Measured = NOTHING
    users: Measured = NOTHING
    in_a_row: int = 0
    first_failure: str = ""

    @property
    def samples(self) -> int:
        """Number of answers."""
        return self.probes.samples + self.users.samples

    @property
    def failed_probes(self) -> int:
        """Failed probes, refusals included: the team chose the requests, so the model has to accept them."""
        return self.probes.errors + self.probes.refused

    @property
    def errors(self) -> int:
        """Answers that count against it. Refused user calls don't: they may be the users' mistake."""
        return self.failed_probes + self.users.errors

    @property
    def throttled(self) -> int:
        """Answers with HTTP 429."""
        return self.probes.throttled + self.users.throttled

    @property
    def error_percent(self) -> float:
        """Percentage of all answers."""
        return _percent(self.errors, self.samples)

    @property
    def throttled_percent(self) -> float:
        """Percentage of all answers."""
        return _percent(self.throttled, self.samples)


class Analysis(BaseModel, frozen=True):
    """The judgement on the numbers of a step.

    Attributes:
        reason: One sentence with the numbers.
    """

    decision: Decision
    reason: str


def analyzed(new: StepMeasurements, old: StepMeasurements, limits: Limits, *, so_far: bool = False) -> Analysis:
    """Judge the candidate against the stable deployment.

    Failed probes count with any number of samples; rates and latencies need the minimum of the limits.

    Args:
        new: The candidate's measurements.
        old: The stable deployment's measurements.
        limits: The limits for the candidate.
        so_far: True while the step runs: then only faults count that more samples would hardly change.
    """
    if wrong := decisive_failure(new, limits):
        return Analysis(decision="failed", reason=wrong)
    if new.samples < limits.min_samples:
        lost = new.probes.faults.get("network", 0)
        unanswered = f"; {lost} probes had no answer: {new.first_failure}" if lost else ""
        reason = f"{new.samples} samples, {limits.min_samples} required{unanswered}"
        return Analysis(decision="inconclusive", reason=reason)
    wrongs = chain(
        _rates(new, old, limits, so_far=so_far),
        _refusals(new, old, limits),
        _latencies(new, old, limits, so_far=so_far),
    )
    found = next(wrongs, "")
    return Analysis(decision="failed" if found else "success", reason=found or summary(new, old))


def decisive_failure(new: StepMeasurements, limits: Limits) -> str:
    """Return why the step fails without further probes; empty while it does not."""
    seen = new.probes
    if new.failed_probes > limits.failed_probes:
        return f"failed {new.failed_probes} of {seen.calls} probes ({faults_text(seen)}): {new.first_failure}"
    if new.in_a_row >= limits.consecutive_errors:
        return f"{new.in_a_row} consecutive probes failed ({faults_text(seen)}): {new.first_failure}"
    return ""


def summary(new: StepMeasurements, old: StepMeasurements) -> str:
    """Return the numbers of both colors in words."""
    return f"{words(new)}; {f'stable: {words(old)}' if old.samples else 'no stable samples to compare with'}"


def is_slower(new: float | None, old: float | None, limits: Limits) -> bool:
    """Return whether a latency exceeds the limits relative to the stable deployment's."""
    if new is None or old is None or not limits.times_as_slow:
        return False
    return new > old * limits.times_as_slow and new - old > limits.slower_ms


def _rates(new: StepMeasurements, old: StepMeasurements, limits: Limits, *, so_far: bool) -> Iterator[str]:
    faults = ", ".join(
        f"{who} {faults_text(seen)}" for who, seen in (("probes", new.probes), ("users", new.users)) if seen.faults
    )
    failed = f"{new.error_percent:.1f} % of {new.samples} calls failed ({faults})"
    if _is_above(new.errors, new.samples, limits.error_percent, sure=so_far):
        yield f"{failed}, limit {limits.error_percent:g} %"
    if old.samples and _is_above(new.errors, new.samples, old.error_percent + limits.error_points, sure=so_far):
        yield f"{failed}, stable {old.error_percent:.1f} %, limit {limits.error_points:g} points more"
    if _is_above(new.throttled, new.samples, limits.throttled_percent, sure=so_far):
        yield (
            f"{new.throttled_percent:.1f} % of {new.samples} calls were throttled, limit {limits.throttled_percent:g} %"
        )


def _refusals(new: StepMeasurements, old: StepMeasurements, limits: Limits) -> Iterator[str]:
    """Compare refused user calls: wrong requests reach both colors alike, so only the difference counts."""
    mine, theirs = new.users, old.users
    before = _percent(theirs.refused, theirs.samples)
    if theirs.samples >= MIN_USER_SAMPLES and _is_above(
        mine.refused, mine.samples, before + limits.error_points, sure=True
    ):
        yield (
            f"refused {_percent(mine.refused, mine.samples):.1f} % of {mine.samples} users' calls, stable "
            f"{before:.1f} %, limit {limits.error_points:g} points more"
        )


def _latencies(new: StepMeasurements, old: StepMeasurements, limits: Limits, *, so_far: bool) -> Iterator[str]:
    sure_p50, sure_p95 = (_SURE_P50, _SURE_P95) if so_far else (1, MIN_FOR_P95)
    for who, mine, theirs, fewest in (
        ("probes", new.probes, old.probes, 1),
        ("users", new.users, old.users, MIN_USER_SAMPLES),
    ):
        for name, now, before, most, sure in (
            ("median", mine.p50_ms, theirs.p50_ms, limits.p50_ms, sure_p50),
            ("95th percentile", mine.p95_ms, theirs.p95_ms, limits.p95_ms, sure_p95),
        ):
            if now is None or mine.answered < max(fewest, sure):
                continue
            if most and now > most:
                yield f"the {name} latency of {who} is {now:.0f} ms, limit {most:g} ms"
            if theirs.answered >= max(fewest, sure) and is_slower(now, before, limits):
                yield (
                    f"the {name} latency of {who} is {now:.0f} ms, stable {before:.0f} ms, limit "
                    f"{limits.times_as_slow:g} times that"
                )


def _is_above(count: int, calls: int, percent: float, *, sure: bool) -> bool:
    return _percent(count, calls) > percent and (not sure or is_beyond(count, calls, percent))


def words(seen: StepMeasurements) -> str:
    """Return the numbers of one color in words."""
    latency = f"p50 {latency_text(seen.probes.p50_ms)}, p95 {latency_text(seen.probes.p95_ms)}"
    rates = f"{seen.error_percent:.1f} % errors, {seen.throttled_percent:.1f} % throttled"
    return f"{seen.samples} samples, {rates}, {latency}"


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
