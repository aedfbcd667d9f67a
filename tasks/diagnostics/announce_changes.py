"""Announce endpoints that became unhealthy or recovered, as Prefect events for automations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.diagnostics.health_record import Announcement, Recheck
from tasks.runtime.endpoint_event import emit_endpoint_event
from tasks.runtime.results import UNCACHED_NO_RETRY


@task(task_run_name="announce changes", **UNCACHED_NO_RETRY)
async def announce_changes(looks: Sequence[Recheck], now: datetime) -> int:
    """Emit one event for each endpoint whose health changed, and return their number.

    The events are `azureml.endpoint.unhealthy` and `azureml.endpoint.recovered`. Safe to run again: the same change
    against the same record has the same event id.
    """
    changes = [(one, one.announcement) for one in looks if one.announcement]
    for change, what in changes:
        _emit(change, what, now)
        get_run_logger().info("announced: %s %s", change.last.name, what)
    return len(changes)


def _emit(change: Recheck, what: Announcement, now: datetime) -> None:
    last, known = change.last, change.known
    since = change.recorded_at or now.date()
    emit_endpoint_event(
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
