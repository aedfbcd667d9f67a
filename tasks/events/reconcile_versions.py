"""Deliver events for registered versions that were never admitted, since their events may be lost."""

from __future__ import annotations

from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.model import ModelRegistry
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.common.target import AzureTarget
from tasks.domain.events.admission import AdmissionRules, undecided_versions
from tasks.events.deliver_events import Delivery, deliver
from tasks.events.model_records import keep_record, read_record
from tasks.events.prefect_events import prefect
from tasks.runtime.results import UNCACHED


@task(task_run_name="reconcile versions of {target.workspace}", **UNCACHED)
async def reconcile_versions(
    target: AzureTarget, registry: ModelRegistry, rules: AdmissionRules, now: datetime
) -> Delivery:
    """Apply the admission rules to versions newer than the admitted or deployed ones, and deliver their events.

    Safe to run again: each event has the same id as the one from Azure.

    Raises:
        TemporaryError: When Prefect may not have stored all of them.
    """
    place = WorkspaceId.of(target)
    async with prefect() as client:
        if registry.deployed:
            await keep_record(client, place, registry.deployed)
        newest = (await read_record(client, place)).newest
        delivery = await deliver(client, undecided_versions(registry.versions, rules, newest, now), rules, now)
    get_run_logger().info("%d new versions, %d already known", len(delivery.sent), delivery.repeated)
    return delivery
