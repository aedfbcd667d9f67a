"""Reads of an endpoint's logs over asyncio: the containers' tails, and what Log Analytics counted."""

from __future__ import annotations

from typing import Any, Final

from tasks.clients.arm import Call
from tasks.clients.logs import tail_call
from tasks.clients.reads import Reads
from tasks.domain import errors
from tasks.domain.logs import DeploymentLogs, is_whole
from tasks.domain.online_deployment import OnlineDeployment
from tasks.domain.probe import USER_AGENT
from tasks.domain.redaction import redact
from tasks.domain.statistics import InstanceEvents, TrafficStatistics

_LINES: Final = 200
_OTHERS: Final = f'AmlOnlineEndpointTrafficLog | where UserAgent !startswith "{USER_AGENT}"'
_CODES: Final = f"{_OTHERS} | summarize Requests = count() by ResponseCode"
_P95: Final = f"{_OTHERS} | where toint(ResponseCode) < 300 | summarize P95 = percentile(TotalDurationMs, 95)"
_EVENTS: Final = "AmlOnlineEndpointEventLog | summarize Events = count() by Name"
_LAST_TROUBLE: Final = (
    'AmlOnlineEndpointEventLog | where Name in ("BackOff", "LivenessProbeFailed", "ReadinessProbeFailed") '
    "| order by TimeGenerated desc | take 1 | project Name, DeploymentName, Message"
)


async def read_container_logs(reads: Reads, deployment: OnlineDeployment) -> DeploymentLogs:
    """The last lines of both containers of one online deployment; two writes of the control plane."""
    server = await reads.exchange(tail_call(deployment.id, "inference-server", _LINES))
    initializer = await reads.exchange(tail_call(deployment.id, "storage-initializer", _LINES))
    texts = [redact(str(one.body.get("content") or "")) for one in (server, initializer)]
    return DeploymentLogs(
        endpoint=deployment.endpoint,
        online_deployment=deployment.name,
        inference_server=texts[0],
        storage_initializer=texts[1],
        is_complete=all(is_whole(one, _LINES) for one in texts),
    )


async def read_traffic(reads: Reads, endpoint_id: str, hours: float) -> TrafficStatistics:
    """How other callers' requests of the last hours ended, and how long they took."""
    codes = await _query(reads, endpoint_id, _CODES, hours)
    slow = await _query(reads, endpoint_id, _P95, hours)
    return TrafficStatistics(
        hours=hours,
        codes={int(row["ResponseCode"]): int(row["Requests"]) for row in codes if row["ResponseCode"] is not None},
        p95_ms=next((float(row["P95"]) for row in slow if _is_number(row["P95"])), None),
    )


async def read_events(reads: Reads, endpoint_id: str, hours: float) -> InstanceEvents:
    """What happened to the endpoint's instances in the last hours."""
    counted = await _query(reads, endpoint_id, _EVENTS, hours)
    last = await _query(reads, endpoint_id, _LAST_TROUBLE, hours)
    told = [f"{row['DeploymentName']}: {row['Name']}: {redact(str(row['Message'] or ''))}" for row in last]
    return InstanceEvents(
        hours=hours,
        counts={str(row["Name"]): int(row["Events"]) for row in counted},
        last_message=told[0] if told else "",
    )


async def _query(reads: Reads, resource_id: str, kql: str, hours: float) -> list[dict[str, Any]]:
    """The rows by column name; none where no diagnostic setting has made the table yet."""
    doing = f"query the logs of {resource_id.rsplit('/', 1)[-1]}"
    body = {"query": kql, "timespan": f"PT{max(1, round(hours * 60))}M"}
    try:
        answer = await reads.exchange(
            Call(doing, "POST", f"{reads.addresses.log_analytics}{resource_id}/query", body=body)
        )
    except errors.RequestRefused as error:
        if "resolve table" in error.message.lower():
            return []
        raise
    tables = answer.body.get("tables") or ()
    return [
        dict(zip((column["name"] for column in table["columns"]), row, strict=True))
        for table in tables
        for row in table["rows"]
    ]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.replace(".", "", 1).isdigit())
