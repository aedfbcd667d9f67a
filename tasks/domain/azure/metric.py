"""Metrics of a resource from Azure Monitor: a few numbers for each series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from tasks.domain.common.markdown import escaped, table


class MetricSeries(BaseModel, frozen=True):
    """One metric, for one combination of its dimensions.

    Attributes:
        name: Azure Monitor's name, such as ``RequestLatency_P95``.
        unit: Azure Monitor's name, such as ``MilliSeconds``.
        dimensions: The part of the resource that it covers, such as a status code; empty for all of it.
        samples: Number of intervals with a value.
        average: Mean of the intervals' averages.
        highest: The highest of the intervals' averages.
    """

    name: str
    unit: str
    dimensions: Mapping[str, str] = {}
    samples: int
    average: float
    highest: float


def metrics_markdown(series: Iterable[MetricSeries]) -> str:
    """Return a table with one row per series."""
    rows = [
        (
            one.name,
            ", ".join(f"{name} {escaped(value)}" for name, value in one.dimensions.items()) or "all",
            one.unit,
            one.samples,
            f"{one.average:.1f}",
            f"{one.highest:.1f}",
        )
        for one in series
    ]
    return table(("metric", "dimensions", "unit", "minutes", "average", "highest"), rows)
