"""Whether the next online deployment did well in a step, beside the one that serves: by numbers alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tasks.domain.limits import Limits
from tasks.domain.measured import NOTHING, Measured, faults_text, latency_text

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
    def error_percent(self) -> float:
        """Of all answers."""
        return _percent(self.probes.errors + self.users.errors, self.samples)

    @property
    def throttled_percent(self) -> float:
        """Of all answers."""
        return _percent(self.probes.throttled + self.users.throttled, self.samples)


class Analysis(BaseModel):
    """What the numbers of a step come to.

    Attributes:
        reason: Why, in one sentence with the numbers.
    """

    model_config = ConfigDict(frozen=True)

    decision: Decision
    reason: str


def analyzed(new: Seen, old: Seen, limits: Limits) -> Analysis:
    """Judge the next color, beside the old one.

    What went wrong outright counts with however few samples; rates and latencies need as many as the limits say.
    """
    if wrong := outright(new, limits):
        return Analysis(decision="failed", reason=wrong)
    if new.samples < limits.min_samples:
        lost = new.probes.faults.get("network", 0)
        unanswered = f"; {lost} probes met no answer: {new.first_failure}" if lost else ""
        reason = f"{new.samples} samples, and {limits.min_samples} are needed{unanswered}"
        return Analysis(decision="inconclusive", reason=reason)
    found = next(chain(_rates(new, old, limits), _latencies(new, old, limits)), "")
    return Analysis(decision="failed" if found else "success", reason=found or summary(new, old))


def outright(new: Seen, limits: Limits) -> str:
    """Why no further probe is needed; empty while nothing is."""
    seen = new.probes
    if seen.errors > limits.failed_probes:
        return f"failed {seen.errors} of {seen.calls} probes ({faults_text(seen)}): {new.first_failure}"
    if new.in_a_row >= limits.consecutive_errors:
        return f"{new.in_a_row} probes in a row had no success ({faults_text(seen)}): {new.first_failure}"
    return ""


def summary(new: Seen, old: Seen) -> str:
    """The numbers in words."""
    compared = f"; before {_words(old)}" if old.samples else "; nothing to compare with"
    return f"{_words(new)}{compared}"


def is_slower(new: float | None, old: float | None, limits: Limits) -> bool:
    """Whether a latency is worse than the limits allow beside the old one."""
    if new is None or old is None or not limits.times_as_slow:
        return False
    return new > old * limits.times_as_slow and new - old > limits.slower_ms


def _rates(new: Seen, old: Seen, limits: Limits) -> Iterator[str]:
    mine, theirs = new.error_percent, old.error_percent
    faults = ", ".join(
        f"{who} {faults_text(seen)}" for who, seen in (("probes", new.probes), ("users", new.users)) if seen.errors
    )
    if mine > limits.error_percent:
        yield f"{mine:.1f} % of {new.samples} calls failed ({faults}), at most {limits.error_percent:g} %"
    if old.samples and mine - theirs > limits.error_points:
        yield (
            f"{mine:.1f} % of {new.samples} calls failed ({faults}), before {theirs:.1f} %, at most "
            f"{limits.error_points:g} points more"
        )
    if new.throttled_percent > limits.throttled_percent:
        yield (
            f"{new.throttled_percent:.1f} % of {new.samples} calls were throttled, at most "
            f"{limits.throttled_percent:g} %"
        )


def _latencies(new: Seen, old: Seen, limits: Limits) -> Iterator[str]:
    for who, mine, theirs in (("probes", new.probes, old.probes), ("users", new.users, old.users)):
        for name, now, before, most in (
            ("median", mine.p50_ms, theirs.p50_ms, limits.p50_ms),
            ("95th percentile", mine.p95_ms, theirs.p95_ms, limits.p95_ms),
        ):
            if most and now is not None and now > most:
                yield f"the {name} latency of {who} is {now:.0f} ms, at most {most:g} ms"
            if is_slower(now, before, limits):
                yield (
                    f"the {name} latency of {who} is {now:.0f} ms, before {before:.0f} ms, at most "
                    f"{limits.times_as_slow:g} times as much"
                )


def _words(seen: Seen) -> str:
    latency = f"p50 {latency_text(seen.probes.p50_ms)}, p95 {latency_text(seen.probes.p95_ms)}"
    rates = f"{seen.error_percent:.1f} % errors, {seen.throttled_percent:.1f} % throttled"
    return f"{seen.samples} samples, {rates}, {latency}"


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
