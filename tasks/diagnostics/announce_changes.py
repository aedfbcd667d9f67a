"""Announce endpoints that became unhealthy or recovered, as Prefect events for automations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.diagnostics.health_record import Announcement, TwoLooks
from tasks.runtime.endpoint_event import emit_about
from tasks.runtime.results import LOOK_ONCE


@task(task_run_name="announce changes", **LOOK_ONCE)
async def announce_changes(looks: Sequence[TwoLooks], now: datetime) -> int:
    """Emit one event for each endpoint that changed sides; how many there were.

    `azureml.endpoint.unhealthy` and `azureml.endpoint.recovered`. Safe to run again: the same change, seen against the
    same record, is the same event.
    """
    told = [(one, one.announcement) for one in looks if one.announcement]
    for looked, what in told:
        _emit(looked, what, now)
        get_run_logger().info("announced: %s %s", looked.last.name, what)
    return len(told)


def _emit(looked: TwoLooks, what: Announcement, now: datetime) -> None:
    last, known = looked.last, looked.known
    since = looked.known_at or now.date()
    emit_about(
        last.id,
        f"azureml.endpoint.{what}",
        f"{last.id.lower()}?{what}&after={since.isoformat()}",
        {
            "health": last.health,
            "code": last.code or (known.code if known else ""),
            "reason": last.headline.reason if last.headline else "",
            "remedy": last.headline.remedy if last.headline else "",
        },
    )
