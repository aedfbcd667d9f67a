"""Microsoft.Insights/metrics of online endpoints and online deployments: their traffic, and constants for their use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from deployments.emulator.clock import iso
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.metrics.definitions import DEPLOYMENT, ENDPOINT, Metric
from deployments.emulator.services.metrics.queries import AGGREGATIONS, DEFAULT_INTERVAL, MINUTE, Query, RefusedError
from deployments.emulator.state import Resource
from deployments.emulator.telemetry.events import INSTANCE
from deployments.emulator.telemetry.meter import Meter

PLACE: Final = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices"
    "/workspaces/{workspace}/onlineEndpoints/{endpoint}"
)
METRICS: Final = "/providers/Microsoft.Insights/metrics"

Sample = tuple[float, dict[str, str], float]  # when, dimensions, value
Group = tuple[tuple[str, str], ...]  # dimensions and their values


def routes() -> list[Route]:
    """The metrics of both resource types."""
    return [
        Route("GET", PLACE + METRICS, _of_endpoint),
        Route("GET", PLACE + "/deployments/{deployment}" + METRICS, _of_deployment),
    ]


def _of_endpoint(call: Call) -> Answer:
    endpoint = _resource(call)

    def samples(metric: Metric, since: float, until: float) -> Iterable[Sample]:
        requests = call.emulator.part(Meter).requests(endpoint.id, since, until)
        return metric.samples(requests) if metric.samples else ()

    return _answered(call, endpoint, "onlineEndpoints", ENDPOINT, samples)


def _of_deployment(call: Call) -> Answer:
    deployment = _resource(call)

    def samples(metric: Metric, since: float, until: float) -> Iterable[Sample]:
        at = until - until % MINUTE
        if metric.value and at >= since and deployment.properties.get("provisioningState") == "Succeeded":
            yield at, {"instanceId": INSTANCE, "State": "Ready"}, metric.value(deployment)

    return _answered(call, deployment, "onlineEndpoints/deployments", DEPLOYMENT, samples)


def _resource(call: Call) -> Resource:
    return call.emulator.resources.require(call.path[: call.path.lower().rindex(METRICS.lower())])


def _answered(
    call: Call,
    resource: Resource,
    kind: str,
    known: Mapping[str, Metric],
    samples: Callable[[Metric, float, float], Iterable[Sample]],
) -> Answer:
    try:
        query = Query.of(call, kind, known)
    except RefusedError as error:
        return Answer(400, {"code": "BadRequest", "message": str(error)})
    body = {
        "cost": 0,
        "timespan": f"{iso(query.since)}/{iso(query.until)}",
        "interval": call.query.get("interval") or DEFAULT_INTERVAL,
        "namespace": f"Microsoft.MachineLearningServices/workspaces/{kind}",
        "resourceregion": str(resource.body.get("location") or ""),
        "value": [
            {
                "id": f"{resource.id}{METRICS}/{name}",
                "type": "Microsoft.Insights/metrics",
                "name": _named(name),
                "unit": metric.unit,
                "timeseries": _series(query, metric, samples(metric, query.since, query.until)),
                "errorCode": "Success",
            }
            for name, metric in query.metrics.items()
        ],
    }
    return Answer(200, body)


def _series(query: Query, metric: Metric, samples: Iterable[Sample]) -> list[dict[str, Any]]:
    return [
        {
            "metadatavalues": [{"name": _named(name), "value": value} for name, value in group],
            "data": _data(query, metric, found),
        }
        for group, found in _grouped(query, samples).items()
    ]


def _named(name: str) -> dict[str, str]:
    return {"value": name, "localizedValue": name}


def _grouped(query: Query, samples: Iterable[Sample]) -> dict[Group, list[tuple[float, float]]]:
    """The samples by the dimensions that the filter names; all together without one."""
    groups: dict[Group, list[tuple[float, float]]] = {}
    for at, dimensions, value in samples:
        found = {name.lower(): one for name, one in dimensions.items()}
        if all(expected in ("*", found[name]) for name, expected in query.conditions.items()):
            groups.setdefault(tuple((name, found[name]) for name in query.conditions), []).append((at, value))
    return groups


def _data(query: Query, metric: Metric, samples: Iterable[tuple[float, float]]) -> list[dict[str, Any]]:
    """Return one entry per interval, from its minutes' samples."""
    minutes: dict[float, list[float]] = {}
    for at, value in samples:
        minutes.setdefault(at - at % MINUTE, []).append(value)
    parts: dict[float, list[float]] = {}
    for at, values in sorted(minutes.items()):
        parts.setdefault(at - at % query.interval, []).append(metric.of_minute(values))
    return [
        {"timeStamp": iso(at), **{one: AGGREGATIONS[one](values) for one in query.aggregations}}
        for at, values in parts.items()
    ]
