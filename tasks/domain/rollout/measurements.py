"""How one online deployment answered over a while: calls, faults by whose they are, and latency."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

Fault = Literal["model", "platform", "network", "throttled", "refused"]

FAULTS: Final[tuple[Fault, ...]] = ("model", "platform", "network", "throttled", "refused")
FEWEST_FOR_P95: Final = 20  # of fewer, the 95th percentile is the slowest one alone
FEWEST_USERS: Final = 20  # users' requests differ: of fewer, latencies and refusals tell of the requests alone
_ITS_OWN: Final = frozenset({408, 424})


class Measured(BaseModel):
    """One online deployment's answers, as one side saw them.

    Attributes:
        calls: All of them.
        faults: Those that were no success. network: no answer came, which is nobody's fault here. refused: the call
            itself was wrong, by the platform's word or by that of score.py.
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
    def answered(self) -> int:
        """Calls that were a success."""
        return self.calls - sum(self.faults.values())

    @property
    def errors(self) -> int:
        """Answers that are the model's or the platform's fault."""
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
    """Whose fault an HTTP status of a scoring call is; None for a success.

    Args:
        status: 0 where no answer came.
        model_status: What score.py itself answered. Azure makes 424 of all but success, also where it blames the call:
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
    """From single calls: faults by kind, and the latencies of the successful ones in seconds."""
    return Measured(
        calls=len(seconds) + sum(faults.values()),
        faults=dict(faults),
        p50_ms=percentile(seconds, 50),
        p95_ms=percentile(seconds, 95) if len(seconds) >= FEWEST_FOR_P95 else None,
    )


class Row(BaseModel):
    """Calls with the same answer, counted.

    Attributes:
        model_status: What score.py itself answered, if it was asked.
        p50_ms: Their median latency.
        p95_ms: Their 95th percentile.
    """

    model_config = ConfigDict(frozen=True)

    status: int
    model_status: int | None = None
    calls: int
    p50_ms: float | None = None
    p95_ms: float | None = None


def from_rows(rows: Iterable[Row]) -> Measured:
    """From counts by HTTP status; the latencies are those of the success that most of them met."""
    calls, most, faults = 0, 0, dict[Fault, int]()
    latencies: tuple[float | None, float | None] = (None, None)
    for row in rows:
        calls += row.calls
        if kind := fault_of(row.status, row.model_status):
            faults[kind] = faults.get(kind, 0) + row.calls
        elif row.calls > most:
            most, latencies = row.calls, (row.p50_ms, row.p95_ms if row.calls >= FEWEST_FOR_P95 else None)
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
