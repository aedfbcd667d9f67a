"""Measurements of one online deployment over a period: calls, faults by origin, and latency."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from pydantic import BaseModel

Fault = Literal["model", "platform", "network", "throttled", "refused"]

FAULTS: Final[tuple[Fault, ...]] = ("model", "platform", "network", "throttled", "refused")
MIN_FOR_P95: Final = 20  # with fewer, the 95th percentile is just the slowest call
MIN_USER_SAMPLES: Final = 20  # users' requests differ: with fewer, the requests alone decide
_ITS_OWN: Final = frozenset({408, 424})


class Measured(BaseModel, frozen=True):
    """Answers of one online deployment, to probes or to users.

    Attributes:
        calls: Number of calls.
        faults: Failed calls by origin. network: there was no answer, which counts against no deployment. refused: the
            call itself was invalid, according to the platform or score.py.
        p50_ms: Median latency of the successful ones.
        p95_ms: Their 95th percentile; None with fewer than 20 of them.
    """

    calls: int = 0
    faults: Mapping[Fault, int] = {}
    p50_ms: float | None = None
    p95_ms: float | None = None

    @property
    def samples(self) -> int:
        """Calls with an answer."""
        return self.calls - self.faults.get("network", 0)

    @property
    def answered(self) -> int:
        """Successful calls."""
        return self.calls - sum(self.faults.values())

    @property
    def errors(self) -> int:
        """Failures of the model or the platform."""
        return self.faults.get("model", 0) + self.faults.get("platform", 0)

    @property
    def refused(self) -> int:
        """Answers that blame the caller."""
        return self.faults.get("refused", 0)

    @property
    def throttled(self) -> int:
        """Answers with HTTP 429."""
        return self.faults.get("throttled", 0)


NOTHING: Final = Measured()


def fault_of(status: int, model_status: int | None = None) -> Fault | None:
    """Return the origin of the fault that an HTTP status of a scoring call means; None for a success.

    Args:
        status: 0 where there was no answer.
        model_status: The status of score.py itself. Azure returns 424 for every failure of it, invalid calls included:
            learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints
    """
    if 200 <= status < 300:
        return None
    if status == 424 and model_status and 400 <= model_status < 500:
        return fault_of(model_status)
    if status in _ITS_OWN:
        return "model"
    if status >= 500:
        return "platform"
    if status == 0:
        return "network"
    return "throttled" if status == 429 else "refused"


def measured(faults: Mapping[Fault, int], seconds: Sequence[float]) -> Measured:
    """Return the measurements of single calls: faults by kind, and the latencies of successful ones in seconds."""
    return Measured(
        calls=len(seconds) + sum(faults.values()),
        faults=dict(faults),
        p50_ms=percentile(seconds, 50),
        p95_ms=percentile(seconds, 95) if len(seconds) >= MIN_FOR_P95 else None,
    )


class Row(BaseModel, frozen=True):
    """Calls with the same status, and their number.

    Attributes:
        model_status: The status of score.py itself, if it was called.
        p50_ms: Their median latency.
        p95_ms: Their 95th percentile.
    """

    status: int
    model_status: int | None = None
    calls: int
    p50_ms: float | None = None
    p95_ms: float | None = None


def from_rows(rows: Iterable[Row]) -> Measured:
    """Return the measurements from counts by HTTP status; latencies are those of the most frequent success."""
    calls, most, faults = 0, 0, dict[Fault, int]()
    latencies: tuple[float | None, float | None] = (None, None)
    for row in rows:
        calls += row.calls
        if kind := fault_of(row.status, row.model_status):
            faults[kind] = faults.get(kind, 0) + row.calls
        elif row.calls > most:
            most, latencies = row.calls, (row.p50_ms, row.p95_ms if row.calls >= MIN_FOR_P95 else None)
    return Measured(calls=calls, faults=faults, p50_ms=latencies[0], p95_ms=latencies[1])


def percentile(seconds: Sequence[float], percent: int) -> float | None:
    """Return the nearest-rank percentile in milliseconds; None without values."""
    if not seconds:
        return None
    return sorted(seconds)[max(0, math.ceil(len(seconds) * percent / 100) - 1)] * 1000


def faults_text(seen: Measured) -> str:
    """Return the faults in words."""
    return ", ".join(f"{seen.faults[kind]} {kind}" for kind in FAULTS if seen.faults.get(kind)) or "none"


def latency_text(value: float | None) -> str:
    """Return a latency in words."""
    return "–" if value is None else f"{value:.0f} ms"
