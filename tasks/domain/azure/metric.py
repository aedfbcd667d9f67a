"""What Azure Monitor measured of a resource over a while: a few numbers for each series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from tasks.domain.common.markdown import plain, table


class MetricSeries(BaseModel):
    """One metric, for one combination of its dimensions.

    Attributes:
        name: As Azure Monitor calls it, such as ``RequestLatency_P95``.
        unit: As Azure Monitor calls it, such as ``MilliSeconds``.
        dimensions: Which part of the resource it is about, such as a status code; empty for all of it.
        samples: How many intervals have a value.
        average: Of the intervals' averages.
        highest: The highest of the intervals' averages.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    unit: str
    dimensions: Mapping[str, str] = {}
    samples: int
    average: float
    highest: float


def metrics_markdown(series: Iterable[MetricSeries]) -> str:
    """A row a series."""
    rows = [
        (
            one.name,
            ", ".join(f"{name} {plain(value)}" for name, value in one.dimensions.items()) or "all",
            one.unit,
            one.samples,
            f"{one.average:.1f}",
            f"{one.highest:.1f}",
        )
        for one in series
    ]
    return table(("metric", "of", "unit", "minutes", "average", "highest"), rows)
