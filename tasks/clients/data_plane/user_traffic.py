"""Other callers' requests to an endpoint, from its traffic log in Log Analytics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from tasks.clients.data_plane.logs import Logs
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.common import errors
from tasks.domain.diagnostics.probe import OWN_AGENTS
from tasks.domain.rollout.measurements import Measured, Row, from_rows

# One row per status and online deployment. In Azure, a call appears after some minutes.
_CALLS: Final = (
    "AmlOnlineEndpointTrafficLog | where TimeGenerated >= datetime({earlier})"
    ' | where UserAgent !startswith "{own}"'
    " | summarize Calls = count(), P50 = percentile(TotalDurationMs, 50), P95 = percentile(TotalDurationMs, 95)"
    " by DeploymentName, ResponseCode, ModelStatusCode, IsEarlier = TimeGenerated < datetime({since})"
)

ByColor = Mapping[str, Measured]


class UserTraffic(NamedTuple):
    """Results of users' calls since a moment, and in a period before it; by online deployment, in lower case."""

    since: ByColor = MappingProxyType({})
    earlier: ByColor = MappingProxyType({})


def user_traffic(logs: Logs, endpoint: Endpoint, earlier: datetime, since: datetime, now: datetime) -> UserTraffic:
    """Read the users' calls; empty without a diagnostic setting that sends the endpoint's logs to Log Analytics.

    Args:
        logs: The log client.
        endpoint: The endpoint.
        earlier: The start of the earlier period.
        since: Its end.
        now: The current time.

    Raises:
        EndpointOpsError: When Log Analytics can't be queried.
    """
    hours = (now - earlier).total_seconds() / 3600 + 0.1
    kql = _CALLS.format(earlier=_written(earlier), since=_written(since), own=OWN_AGENTS)
    try:
        rows = logs.query(endpoint.id, kql, hours=hours)
    except errors.RequestRefused as error:
        if "resolve table" in error.message.lower():
            return UserTraffic()
        raise
    named = [row for row in rows if row["DeploymentName"] and row["ResponseCode"] is not None]
    return UserTraffic(
        _by_color(row for row in named if not row["IsEarlier"]), _by_color(row for row in named if row["IsEarlier"])
    )


def _by_color(rows: Iterable[Mapping[str, Any]]) -> ByColor:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["DeploymentName"]).lower(), []).append(_row(row))
    return {color: from_rows(some) for color, some in found.items()}


def _row(row: Mapping[str, Any]) -> Row:
    model = _number(row["ModelStatusCode"])
    return Row(
        status=int(row["ResponseCode"]),
        model_status=None if model is None else int(model),
        calls=int(row["Calls"]),
        p50_ms=_number(row["P50"]),
        p95_ms=_number(row["P95"]),
    )


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _number(value: Any) -> float | None:
    return None if value in (None, "", "NaN") else float(value)
