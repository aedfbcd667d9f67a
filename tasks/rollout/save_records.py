"""Save an online deployment's logs, events and metrics, before it is deleted or loses its traffic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from prefect import task
from prefect.logging import get_run_logger

from tasks.clients.connect import Azure
from tasks.domain.azure.metric import MetricSeries
from tasks.domain.common.errors import EndpointOpsError, RequestRefused
from tasks.domain.common.markdown import escaped
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.records import Records, records_markdown
from tasks.domain.rollout.step_result import Bake
from tasks.runtime.artifacts import publish_markdown
from tasks.runtime.azure import opened
from tasks.runtime.prefect_api import short_prefect_timeouts
from tasks.runtime.results import UNCACHED

T = TypeVar("T")
_LINES: Final = 500
_HOURS: Final = 24.0
_EVENTS: Final = (
    'AmlOnlineEndpointEventLog | where DeploymentName == "{name}" | project TimeGenerated, Name, Message '
    "| order by TimeGenerated asc"
)


@task(task_run_name="save records of {color}", **UNCACHED)
def save_records(target: AzureTarget, endpoint: str, color: str, why: str, bakes: tuple[Bake, ...] = ()) -> str:
    """Publish the last lines of both containers, instance events, metrics and step results as an artifact.

    Data that can't be read is noted there and fails nothing. Safe to run again: each publication is a new version.

    Returns:
        The artifact's key; empty if the online deployment does not exist.
    """
    notes: list[str] = []
    with opened(target) as azure:
        if azure.online_deployments.get(endpoint, color) is None:
            return ""
        logs = _read(notes, "the logs", lambda: azure.logs.containers(endpoint, color, lines=_LINES))
        events = _read(notes, "the events", lambda: _events(azure, endpoint, color)) or ()
        metrics = _read(notes, "the metrics", lambda: _metrics(azure, endpoint, color, bakes)) or ()
    records = Records(
        endpoint=endpoint,
        online_deployment=color,
        why=why,
        logs=logs,
        events=events,
        metrics=metrics,
        bakes=bakes,
        notes=tuple(notes),
    )
    key = f"rollout-records-{endpoint.lower()}"
    with short_prefect_timeouts():
        publish_markdown(key, records_markdown(records), escaped(f"{color}: {why}"))
    get_run_logger().info("Logs, events, metrics and step results of %s: artifact %s", color, key)
    return key


def _events(azure: Azure, endpoint: str, color: str) -> tuple[dict[str, Any], ...]:
    shown = azure.endpoints.get(endpoint)
    try:
        return azure.logs.query(shown.id, _EVENTS.format(name=color), hours=_HOURS) if shown else ()
    except RequestRefused as error:
        if "resolve table" in error.message.lower():
            return ()
        raise


def _metrics(azure: Azure, endpoint: str, color: str, bakes: tuple[Bake, ...]) -> tuple[MetricSeries, ...]:
    """Read the metrics since the first step; of the last hour without one, since there was no traffic before."""
    shown = azure.endpoints.get(endpoint)
    since = min((one.began for one in bakes if one.began), default=datetime.now(UTC) - timedelta(hours=1))
    return azure.metrics.of_online_deployment(shown.id, color, since) if shown else ()


def _read(notes: list[str], what: str, observe: Callable[[], T]) -> T | None:
    try:
        return observe()
    except EndpointOpsError as error:
        notes.append(f"{what} could not be read: {error.message}")
        return None
