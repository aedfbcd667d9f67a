"""The logs of an online deployment: the last lines of its containers, and older lines from Log Analytics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from azure.core.credentials import TokenCredential

from tasks.clients.transport.arm import Arm
from tasks.clients.transport.clouds import CloudAddresses
from tasks.clients.transport.errors import translated
from tasks.clients.transport.wire import Call
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.logs import Container, DeploymentLogs, LogRecord, is_whole
from tasks.domain.common import errors
from tasks.domain.common.redaction import redact
from tasks.domain.common.target import AzureTarget

_API: Final = "2023-04-01-preview"
_WIRE: Final[Mapping[Container, str]] = {
    "inference-server": "InferenceServer",
    "storage-initializer": "StorageInitializer",
}
_CONSOLE: Final = (
    'AmlOnlineEndpointConsoleLog | where DeploymentName == "{name}" '
    "| project TimeGenerated, ContainerName, InstanceId, Message | order by TimeGenerated asc"
)
_SETTING: Final = (
    "Add a diagnostic setting that sends the endpoint's logs to a Log Analytics workspace. The first rows arrive "
    "within an hour."
)


class Logs:
    """Logs of the containers."""

    def __init__(self, target: AzureTarget, arm: Arm, addresses: CloudAddresses, credential: TokenCredential) -> None:
        self._target = target
        self._arm = arm
        self._addresses = addresses
        self._credential = credential

    def containers(self, endpoint_name: str, online_deployment: str, *, lines: int = 200) -> DeploymentLogs:
        """Return the last lines of both containers.

        Raises:
            NotFound: When the online deployment does not exist.
        """
        server = self._tail(endpoint_name, online_deployment, "inference-server", lines)
        initializer = self._tail(endpoint_name, online_deployment, "storage-initializer", lines)
        return DeploymentLogs(
            endpoint=endpoint_name,
            online_deployment=online_deployment,
            storage_initializer=initializer,
            inference_server=server,
            is_complete=is_whole(server, lines) and is_whole(initializer, lines),
        )

    def console_history(self, endpoint: Endpoint, online_deployment: str, *, hours: float = 1) -> tuple[LogRecord, ...]:
        """Return both containers' output from Log Analytics, oldest first.

        Empty without a diagnostic setting that sends the endpoint's logs there, and until the first rows arrive.
        """
        rows = self.query(endpoint.id, _CONSOLE.format(name=online_deployment), hours=hours)
        return tuple(
            LogRecord(
                time=row["TimeGenerated"],
                container=row["ContainerName"] or "",
                instance=row["InstanceId"] or "",
                message=row["Message"] or "",
            )
            for row in rows
        )

    def query(self, resource_id: str, kql: str, *, hours: float = 24) -> tuple[dict[str, Any], ...]:
        """Run a KQL query over one resource's logs, and return the rows by column name.

        Raises:
            RequestRefused: When the query is not valid.
            NotReady: When the result is incomplete.
        """
        from azure.monitor.query import LogsQueryClient, LogsQueryPartialResult  # noqa: PLC0415  # rarely needed

        client = LogsQueryClient(self._credential, endpoint=self._addresses.log_analytics)
        with translated(f"query the logs of {resource_id.rsplit('/', 1)[-1]}"), client:
            result = client.query_resource(resource_id, kql, timespan=timedelta(hours=hours))
        if isinstance(result, LogsQueryPartialResult):
            raise errors.NotReady(f"Log Analytics returned an incomplete result: {result.partial_error}", _SETTING)
        return tuple(
            dict(zip(table.columns, map(_plain, row), strict=True)) for table in result.tables for row in table.rows
        )

    def _tail(self, endpoint_name: str, name: str, container: Container, lines: int) -> str:
        deployment_id = self._target.online_deployment_id(endpoint_name, name)
        answer = self._arm.send(tail_call(deployment_id, container, lines))
        return str(answer.body.get("content") or "")


def tail_call(deployment_id: str, container: Container, lines: int) -> Call:
    """Return the request for the last lines of one container."""
    doing = f"read the {container} log of {deployment_id.rsplit('/', 1)[-1]}"
    return Call(doing, "POST", f"{deployment_id}/getLogs", _API, {"containerType": _WIRE[container], "tail": lines})


def _plain(value: object) -> object:
    """Return a value of a row; its text is a team's own, so it is redacted."""
    return value if isinstance(value, datetime | int | float | bool | None) else redact(str(value))
