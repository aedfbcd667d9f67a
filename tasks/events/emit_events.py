"""Deliver events to Prefect, subject to the admission rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.events.admission import AdmissionRules
from tasks.events.deliver_events import Delivery, News, deliver
from tasks.events.prefect_events import prefect
from tasks.runtime.results import UNCACHED


@task(task_run_name="emit events", **UNCACHED)
async def emit_events(news: Sequence[News], rules: AdmissionRules, now: datetime) -> Delivery:
    """Deliver each event to Prefect once. Safe to run again: events that Prefect has are not sent again.

    Raises:
        TemporaryError: When Prefect may not have stored all of them.
    """
    async with prefect() as client:
        delivery = await deliver(client, news, rules, now)
    for one in delivery.sent:
        get_run_logger().info(
            "%s of %s: %s", one.name, one.resource["prefect.resource.name"], one.payload.get("why", "")
        )
    return delivery
