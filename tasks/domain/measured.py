"""How one online deployment answered over a while: calls, faults by whose they are, and latency."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

Fault = Literal["model", "platform", "network", "throttled", "refused"]

FAULTS: Final[tuple[Fault, ...]] = ("model", "platform", "network", "throttled", "refused")
FEWEST_FOR_P95: Final = 20  # of fewer, the 95th percentile is the slowest one alone


class Measured(BaseModel):
    """One online deployment's answers, as one side saw them.

    Attributes:
        calls: All of them.
        faults: Those that were no success. network: no answer came, which is nobody's fault here.
        p50_ms: Median latency of the successful ones.
        p95_ms: Their 95th percentile; None with fewer than 20 of them.
    """

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    faults: Mapping[Fault, int] = {}
    p50_ms: float | None = None
    p95_ms: float | None = None

    @property
    def samples(self) -> int:
        """Calls that met an answer."""
        return self.calls - self.faults.get("network", 0)

    @property
    def errors(self) -> int:
        """Answers that are the model's or the platform's fault."""
        return sum(self.faults.get(kind, 0) for kind in ("model", "platform", "refused"))

    @property
    def throttled(self) -> int:
        """Answers with HTTP 429."""
        return self.faults.get("throttled", 0)


NOTHING: Final = Measured()


def fault_of(status: int) -> Fault | None:
    """Whose fault an HTTP status of a scoring call is, 0 where no answer came; None for a success."""
    if 200 <= status < 300:
        return None
    if status in {408, 424}:
        return "model"
    if status >= 500:
        return "platform"
    if status == 0:
        return "network"
    return "throttled" if status == 429 else "refused"


def measured(faults: Mapping[Fault, int], seconds: Sequence[float]) -> Measured:
    """From single calls: faults by kind, and the latencies of the successful ones in seconds."""
    return Measured(
        calls=len(seconds) + sum(faults.values()),
        faults=dict(faults),
        p50_ms=percentile(seconds, 50),
        p95_ms=percentile(seconds, 95) if len(seconds) >= FEWEST_FOR_P95 else None,
    )


def from_rows(rows: Iterable[tuple[int, int, float | None, float | None]]) -> Measured:
    """From counts by HTTP status: (status, calls, median, 95th percentile), the latencies in milliseconds."""
    calls, most, faults = 0, 0, dict[Fault, int]()
    latencies: tuple[float | None, float | None] = (None, None)
    for status, count, p50, p95 in rows:
        calls += count
        if kind := fault_of(status):
            faults[kind] = faults.get(kind, 0) + count
        elif count > most:
            most, latencies = count, (p50, p95 if count >= FEWEST_FOR_P95 else None)
    return Measured(calls=calls, faults=faults, p50_ms=latencies[0], p95_ms=latencies[1])


def percentile(seconds: Sequence[float], percent: int) -> float | None:
    """The nearest rank, in milliseconds; None of nothing."""
    if not seconds:
        return None
    return sorted(seconds)[max(0, math.ceil(len(seconds) * percent / 100) - 1)] * 1000


def faults_text(seen: Measured) -> str:
    """The faults in words."""
    return ", ".join(f"{seen.faults[kind]} {kind}" for kind in FAULTS if seen.faults.get(kind)) or "none"


def latency_text(value: float | None) -> str:
    """A latency in words."""
    return "–" if value is None else f"{value:.0f} ms"
