"""A query for metrics, in Azure Monitor's parameters, and the refusals of what it can't answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from deployments.emulator.durations import seconds_of
from deployments.emulator.http.call import Call
from deployments.emulator.services.log_analytics.timespans import limits_of
from deployments.emulator.services.metrics.definitions import Metric

AGGREGATIONS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "average": fmean,
    "minimum": min,
    "maximum": max,
    "total": sum,
    "count": len,
}
CONDITION: Final = re.compile(r"\s*(\w+)\s+eq\s+'([^']*)'\s*", re.IGNORECASE)
DEFAULT_SPAN, DEFAULT_INTERVAL, MINUTE = "PT1H", "PT1M", 60.0


class RefusedError(Exception):
    """A query that Azure Monitor refuses with 400, in a form of its own."""


@dataclass(frozen=True)
class Query:
    """A parsed query.

    Attributes:
        metrics: By name, as Azure spells it.
        since: Seconds since the epoch.
        interval: Of each value, in seconds.
        conditions: The value that each dimension shall have, by its name in lower case; `*` takes every one.
        aggregations: What is shown of each interval.
    """

    metrics: Mapping[str, Metric]
    since: float
    until: float
    interval: float
    conditions: Mapping[str, str]
    aggregations: tuple[str, ...]

    @classmethod
    def of(cls, call: Call, kind: str, known: Mapping[str, Metric]) -> Query:
        """Read a request.

        Raises:
            RefusedError: what it asks for does not exist, or can't be understood.
        """
        since, until = _span(call)
        metrics, conditions = _metrics(call, kind, known), _conditions(call.query.get("$filter", ""))
        for name, metric in metrics.items():
            _require_dimensions(call, name, metric, conditions)
        return cls(metrics, since, until, _interval(call), conditions, _aggregations(call))


def _span(call: Call) -> tuple[float, float]:
    text = call.query.get("timespan") or DEFAULT_SPAN
    try:
        since, until = limits_of(text, call.emulator.clock.now())
    except ValueError as error:
        raise RefusedError(f"Detected invalid timespan input: {text}.") from error
    return since.timestamp(), until.timestamp()


def _interval(call: Call) -> float:
    text = call.query.get("interval") or DEFAULT_INTERVAL
    found = seconds_of(text)
    if not found or found % MINUTE:
        raise RefusedError(f"Detected invalid time grain input: {text}.")
    return found


def _aggregations(call: Call) -> tuple[str, ...]:
    asked = [one.strip().lower() for one in (call.query.get("aggregation") or "average").split(",")]
    for one in asked:
        if one not in AGGREGATIONS:
            raise RefusedError(f"Detected invalid aggregation input: {one}.")
    return tuple(asked)


def _metrics(call: Call, kind: str, known: Mapping[str, Metric]) -> dict[str, Metric]:
    spelled = {name.lower(): name for name in known}
    asked = [one.strip() for one in (call.query.get("metricnames") or next(iter(known))).split(",")]
    for one in asked:
        if one.lower() not in spelled:
            raise RefusedError(
                "Failed to find metric configuration for provider: Microsoft.MachineLearningServices, resource Type: "
                f"workspaces/{kind}, metric: {one}, Valid metrics: {','.join(known)}"
            )
    return {spelled[one.lower()]: known[spelled[one.lower()]] for one in asked}


def _conditions(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in re.split(r"\band\b", text, flags=re.IGNORECASE) if text else ():
        condition = CONDITION.fullmatch(part)
        if not condition:
            raise RefusedError(f"Detected invalid filter input: {text}.")
        found[condition[1].lower()] = condition[2]
    return found


def _require_dimensions(call: Call, name: str, metric: Metric, conditions: Mapping[str, str]) -> None:
    if not conditions.keys() <= {one.lower() for one in metric.dimensions}:
        raise RefusedError(
            f"Metric: {name} does not support requested dimension combination: {','.join(conditions)}, supported ones "
            f"are: {','.join(metric.dimensions)}, TraceId: {{{call.request_id}}}"
        )
