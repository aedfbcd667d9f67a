"""Read an endpoint's logs over asyncio: the containers' last lines, and statistics from Log Analytics."""

from __future__ import annotations

from typing import Any, Final

from tasks.clients.data_plane.logs import tail_call
from tasks.clients.transport.arm_async import Reads
from tasks.clients.transport.wire import Call, unusable
from tasks.domain.azure.logs import DeploymentLogs, is_whole
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.common import errors
from tasks.domain.diagnostics.probe import USER_AGENT
from tasks.domain.diagnostics.statistics import InstanceEvents, TrafficStatistics

_LINES: Final = 200
_CHARS: Final = 200_000  # per container; a line may have any length
# One query per table: Azure allows a user 200 in 30 seconds, for all endpoints together.
_TRAFFIC: Final = (
    f'AmlOnlineEndpointTrafficLog | where UserAgent !startswith "{USER_AGENT}" '
    "| summarize Requests = count(), P95 = percentile(TotalDurationMs, 95) by ResponseCode"
)
_EVENTS: Final = (
    "AmlOnlineEndpointEventLog | summarize Events = count(), arg_max(TimeGenerated, DeploymentName, Message) by Name"
)
_CONSOLE: Final = (
    "AmlOnlineEndpointConsoleLog | project TimeGenerated, DeploymentName, InstanceId, ContainerName, Message "
    "| order by TimeGenerated desc | take 500"
)
_TROUBLE: Final = frozenset({"BackOff", "LivenessProbeFailed", "ReadinessProbeFailed"})


async def read_container_logs(reads: Reads, deployment: OnlineDeployment) -> DeploymentLogs:
    """Read the last lines of both containers of one online deployment; counts as two control-plane writes."""
    server = await reads.exchange(tail_call(deployment.id, "inference-server", _LINES))
    initializer = await reads.exchange(tail_call(deployment.id, "storage-initializer", _LINES))
    whole = [str(one.body.get("content") or "") for one in (server, initializer)]
    texts = [one[-_CHARS:] for one in whole]
    return DeploymentLogs(
        endpoint=deployment.endpoint,
        online_deployment=deployment.name,
        inference_server=texts[0],
        storage_initializer=texts[1],
        is_complete=all(is_whole(one, _LINES) and len(one) <= _CHARS for one in whole),
    )


async def read_traffic(reads: Reads, endpoint_id: str, hours: float) -> TrafficStatistics:
    """Count other callers' requests of the last hours by status, with their latency."""
    rows = [row for row in await _query(reads, endpoint_id, _TRAFFIC, hours) if row["ResponseCode"] is not None]
    answered = [row for row in rows if 200 <= int(row["ResponseCode"]) < 300 and _is_number(row["P95"])]
    most = max(answered, key=lambda row: int(row["Requests"]), default=None)
    return TrafficStatistics(
        hours=hours,
        codes={int(row["ResponseCode"]): int(row["Requests"]) for row in rows},
        p95_ms=float(most["P95"]) if most else None,
    )


async def read_events(reads: Reads, endpoint_id: str, hours: float) -> InstanceEvents:
    """Count the events of the endpoint's instances in the last hours."""
    rows = await _query(reads, endpoint_id, _EVENTS, hours)
    last = max(
        (row for row in rows if row["Name"] in _TROUBLE), key=lambda row: str(row["TimeGenerated"]), default=None
    )
    return InstanceEvents(
        hours=hours,
        counts={str(row["Name"]): int(row["Events"]) for row in rows},
        last_message=f"{last['DeploymentName']}: {last['Name']}: {last['Message'] or ''}" if last else "",
    )


async def read_history(reads: Reads, endpoint_id: str, hours: float) -> tuple[DeploymentLogs, ...]:
    """Read the last lines of the inference servers from Log Analytics, including removed containers."""
    lines: dict[tuple[str, str], list[str]] = {}
    for row in reversed(await _query(reads, endpoint_id, _CONSOLE, hours)):
        if row["ContainerName"] == "inference-server":
            of_instance = lines.setdefault((str(row["DeploymentName"]), str(row["InstanceId"])), [])
            of_instance.append(str(row["Message"] or "").rstrip("\n"))
    name = endpoint_id.rsplit("/", 1)[-1]
    return tuple(
        DeploymentLogs(
            endpoint=name,
            online_deployment=deployment,
            inference_server="\n".join(some)[-_CHARS:],
            is_complete=False,
        )
        for (deployment, _), some in lines.items()
    )


async def _query(reads: Reads, resource_id: str, kql: str, hours: float) -> list[dict[str, Any]]:
    """Return the rows by column name; none while no diagnostic setting has created the table."""
    doing = f"query the logs of {resource_id.rsplit('/', 1)[-1]}"
    body = {"query": kql, "timespan": f"PT{max(1, round(hours * 60))}M"}
    call = Call(doing, "POST", f"{reads.addresses.log_analytics}{resource_id}/query", body=body)
    try:
        async with reads.log_queries:
            answer = await reads.exchange(call)
    except errors.RequestRefused as error:
        if "resolve table" in error.message.lower():
            return []
        raise
    tables = answer.body.get("tables")
    if not isinstance(tables, list):
        raise unusable(doing, "no tables in it")
    return [
        dict(zip((column["name"] for column in table["columns"]), row, strict=True))
        for table in tables
        for row in table["rows"]
    ]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.replace(".", "", 1).isdigit())
