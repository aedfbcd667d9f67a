"""Azure Monitor's metrics of an online endpoint and of its online deployments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from tasks.clients.transport.arm import Arm
from tasks.domain.azure.metric import MetricSeries

_CLOCKS_DIFFER: Final = timedelta(minutes=10)
_API: Final = "2018-01-01"
_LATENCY: Final = ("RequestLatency_P95",)
_REQUESTS: Final = ("RequestsPerMinute",)
_USE: Final = ("CpuUtilizationPercentage", "CpuMemoryUtilizationPercentage", "DeploymentCapacity")


class Metrics:
    """Reads of the metrics, which lag by some minutes."""

    def __init__(self, arm: Arm) -> None:
        self._arm = arm

    def of_online_deployment(self, endpoint_id: str, name: str, since: datetime) -> tuple[MetricSeries, ...]:
        """Read latency, requests per minute by status, instance utilization and instance count, minute by minute.

        Raises:
            NotFound: When the online deployment does not exist.
            RequestRefused: When Azure Monitor does not have such a metric or dimension.
        """
        mine = f"deployment eq '{name}'"
        return (
            *self._read(endpoint_id, _LATENCY, since, mine),
            *self._read(endpoint_id, _REQUESTS, since, f"{mine} and statusCode eq '*'"),
            *self._read(f"{endpoint_id}/deployments/{name}", _USE, since),
        )

    def _read(
        self, resource_id: str, names: Sequence[str], since: datetime, chosen: str = ""
    ) -> Iterator[MetricSeries]:
        # Azure rejects a period that is not longer than its interval. Its clock and this one may differ.
        end = datetime.now(UTC) + _CLOCKS_DIFFER
        began = min(since, end - timedelta(minutes=5)).astimezone(UTC) - _CLOCKS_DIFFER
        query = {
            "metricnames": ",".join(names),
            "timespan": f"{began:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}",
            "interval": "PT1M",
            "aggregation": "average",
            **({"$filter": chosen} if chosen else {}),
        }
        doing = f"read the metrics of {resource_id.rsplit('/', 1)[-1]}"
        path = f"{resource_id}/providers/Microsoft.Insights/metrics?{urlencode(query)}"
        for metric in self._arm.read_all(doing, path, _API):
            for one in metric.get("timeseries") or ():
                yield from _series(metric, one)


def _series(metric: dict[str, Any], one: dict[str, Any]) -> Iterator[MetricSeries]:
    """Yield the series, without its empty minutes; nothing when all are empty."""
    values = [float(point["average"]) for point in one.get("data") or () if point.get("average") is not None]
    if values:
        yield MetricSeries(
            name=metric["name"]["value"],
            unit=str(metric.get("unit") or ""),
            dimensions={each["name"]["value"]: each["value"] for each in one.get("metadatavalues") or ()},
            samples=len(values),
            average=sum(values) / len(values),
            highest=max(values),
        )
