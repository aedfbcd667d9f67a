"""Azure Monitor's metrics of online endpoints and online deployments, and the source of each in the emulator."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from deployments.emulator.state import Resource
from deployments.emulator.telemetry.meter import Request

CPU_PERCENT, MEMORY_PERCENT = 5.0, 10.0  # a container's use is not measured


@dataclass(frozen=True)
class Metric:
    """One metric; without `samples` and `value` it exists, and has no data.

    Attributes:
        of_minute: What the samples of a minute come to.
        samples: One for each request, for metrics of endpoints.
        value: What it always is, for metrics of online deployments.
    """

    unit: str
    dimensions: tuple[str, ...] = ()
    of_minute: Callable[[list[float]], float] = sum
    samples: Callable[[Iterable[Request]], Iterator[tuple[float, dict[str, str], float]]] | None = None
    value: Callable[[Resource], float] | None = None


def _latencies(requests: Iterable[Request]) -> Iterator[tuple[float, dict[str, str], float]]:
    for one in requests:
        if one.deployment:
            yield one.at, {"deployment": one.deployment}, one.milliseconds


def _counts(requests: Iterable[Request]) -> Iterator[tuple[float, dict[str, str], float]]:
    for one in requests:
        dimensions = {
            "deployment": one.deployment,
            "statusCode": str(one.status),
            "statusCodeClass": f"{one.status // 100}xx",
            "modelStatusCode": one.model_status,
        }
        yield one.at, dimensions, 1.0


def _percentile(percent: int) -> Callable[[list[float]], float]:
    return lambda values: sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _latency(of_minute: Callable[[list[float]], float]) -> Metric:
    return Metric("MilliSeconds", ("deployment",), of_minute, _latencies)


_INSTANCE: Final = ("instanceId",)
ENDPOINT: Final[dict[str, Metric]] = {
    "ConnectionsActive": Metric("Count"),
    "DataCollectionErrorsPerMinute": Metric("Count", ("deployment", "reason", "type")),
    "DataCollectionEventsPerMinute": Metric("Count", ("deployment", "type")),
    "NetworkBytes": Metric("BytesPerSecond"),
    "NewConnectionsPerSecond": Metric("CountPerSecond"),
    "RequestLatency": _latency(_mean),
    **{f"RequestLatency_P{percent}": _latency(_percentile(percent)) for percent in (50, 90, 95, 99)},
    "RequestsPerMinute": Metric(
        "Count", ("deployment", "statusCode", "statusCodeClass", "modelStatusCode"), sum, _counts
    ),
}
DEPLOYMENT: Final[dict[str, Metric]] = {
    "CpuMemoryUtilizationPercentage": Metric("Percent", _INSTANCE, _mean, value=lambda _: MEMORY_PERCENT),
    "CpuUtilizationPercentage": Metric("Percent", _INSTANCE, _mean, value=lambda _: CPU_PERCENT),
    "DeploymentCapacity": Metric(
        "Count",
        ("instanceId", "State"),
        value=lambda one: float((one.body.get("sku") or {}).get("capacity") or 1),
    ),
    "DiskUtilization": Metric("Percent", ("instanceId", "disk")),
    "GpuEnergyJoules": Metric("Count", _INSTANCE),
    "GpuMemoryUtilizationPercentage": Metric("Percent", _INSTANCE),
    "GpuUtilizationPercentage": Metric("Percent", _INSTANCE),
}
