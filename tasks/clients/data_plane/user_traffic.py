"""The calls of everybody else to an endpoint, as its traffic log in Log Analytics has them so far."""

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

# A row a status and online deployment. In Azure it is minutes before a call is in there.
_CALLS: Final = (
    "AmlOnlineEndpointTrafficLog | where TimeGenerated >= datetime({earlier})"
    ' | where UserAgent !startswith "{own}"'
    " | summarize Calls = count(), P50 = percentile(TotalDurationMs, 50), P95 = percentile(TotalDurationMs, 95)"
    " by DeploymentName, ResponseCode, ModelStatusCode, IsEarlier = TimeGenerated < datetime({since})"
)

ByColor = Mapping[str, Measured]


class UserTraffic(NamedTuple):
    """What users' calls met since a moment, and in a while before it; by online deployment, in lower case."""

    since: ByColor = MappingProxyType({})
    earlier: ByColor = MappingProxyType({})


def user_traffic(logs: Logs, endpoint: Endpoint, earlier: datetime, since: datetime, now: datetime) -> UserTraffic:
    """Nothing while no diagnostic setting sends the endpoint's logs anywhere.

    Args:
        logs: Where to look.
        endpoint: Whose calls.
        earlier: When the earlier while begins.
        since: When it ends.
        now: The present.

    Raises:
        EndpointOpsError: When Log Analytics could not be asked.
    """
    hours = (now - earlier).total_seconds() / 3600 + 0.1
    kql = _CALLS.format(earlier=_written(earlier), since=_written(since), own=OWN_AGENTS)
    try:
        rows = logs.query(endpoint.id, kql, hours=hours)
    except errors.RequestRefused as error:
        if "resolve table" in error.message.lower():
            return UserTraffic()
        raise
    known = [row for row in rows if row["DeploymentName"] and row["ResponseCode"] is not None]
    return UserTraffic(
        _by_color(row for row in known if not row["IsEarlier"]), _by_color(row for row in known if row["IsEarlier"])
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
