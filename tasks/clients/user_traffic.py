"""The calls of everybody else to an endpoint, as its traffic log in Log Analytics has them so far."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tasks.clients.logs import Logs
from tasks.domain import errors
from tasks.domain.endpoint import Endpoint
from tasks.domain.measured import Measured, from_rows
from tasks.domain.probe import OWN_AGENTS

# A row a status and online deployment. In Azure it is minutes before a call is in there.
_CALLS: Final = (
    "AmlOnlineEndpointTrafficLog | where TimeGenerated >= datetime({since})"
    ' | where UserAgent !startswith "{own}"'
    " | summarize Calls = count(), P50 = percentile(TotalDurationMs, 50), P95 = percentile(TotalDurationMs, 95)"
    " by DeploymentName, ResponseCode"
)


def user_traffic(logs: Logs, endpoint: Endpoint, since: datetime, until: datetime) -> Mapping[str, Measured]:
    """By online deployment, in lower case. Nothing while no diagnostic setting sends the endpoint's logs anywhere.

    Raises:
        EndpointOpsError: When Log Analytics could not be asked.
    """
    hours = (until - since).total_seconds() / 3600 + 0.1
    kql = _CALLS.format(since=f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", own=OWN_AGENTS)
    try:
        rows = logs.query(endpoint.id, kql, hours=hours)
    except errors.RequestRefused as error:
        if "resolve table" in error.message.lower():
            return {}
        raise
    by_color: dict[str, list[tuple[int, int, float | None, float | None]]] = {}
    for row in rows:
        if row["DeploymentName"] and row["ResponseCode"] is not None:
            by_color.setdefault(str(row["DeploymentName"]).lower(), []).append(_counted(row))
    return {color: from_rows(some) for color, some in by_color.items()}


def _counted(row: Mapping[str, Any]) -> tuple[int, int, float | None, float | None]:
    return int(row["ResponseCode"]), int(row["Calls"]), _number(row["P50"]), _number(row["P95"])


def _number(value: Any) -> float | None:
    return None if value in (None, "", "NaN") else float(value)
