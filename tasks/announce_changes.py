"""Announce endpoints that became unhealthy or recovered, as Prefect events for automations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from tasks.domain.health_record import Announcement, TwoLooks
from tasks.results import LOOK_ONCE


@task(task_run_name="announce changes", **LOOK_ONCE)
async def announce_changes(looks: Sequence[TwoLooks], now: datetime) -> int:
    """Emit one event for each endpoint that changed sides; how many there were.

    `azureml.endpoint.unhealthy` and `azureml.endpoint.recovered`; Prefect itself adds the flow run, the task run, the
    Prefect deployment and the tags as related resources. Safe to run again: the same change, seen against the same
    record, is the same event, and Prefect takes an event once.
    """
    told = [(one, one.announcement) for one in looks if one.announcement]
    for looked, what in told:
        _emit(looked, what, now)
        get_run_logger().info("announced: %s %s", looked.last.name, what)
    return len(told)


def _emit(looked: TwoLooks, what: Announcement, now: datetime) -> None:
    last, known = looked.last, looked.known
    identity = last.id.lower()
    since = looked.known_at or now.date()
    emit_event(
        f"azureml.endpoint.{what}",
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"{identity}?{what}&after={since.isoformat()}"),
        resource={
            "prefect.resource.id": f"azureml.endpoint{identity}",
            "prefect.resource.name": last.name,
            "azureml.endpoint": last.name,
            "azureml.workspace": last.workspace,
            "azureml.resource-group": last.resource_group,
        },
        related=[
            {
                "prefect.resource.id": f"azureml.workspace{identity.rpartition('/onlineendpoints/')[0]}",
                "prefect.resource.role": "azureml-workspace",
                "prefect.resource.name": last.workspace,
            }
        ],
        payload={
            "endpoint": last.name,
            "workspace": last.workspace,
            "resource_group": last.resource_group,
            "id": last.id,
            "health": last.health,
            "code": last.code or (known.code if known else ""),
            "reason": last.headline.reason if last.headline else "",
            "remedy": last.headline.remedy if last.headline else "",
            "run": {"id": flow_run.id, "name": flow_run.name},
        },
    )
