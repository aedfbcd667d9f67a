"""Re-emit the events of admitted versions that triggered no flow run."""

from __future__ import annotations

import asyncio
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.model import DeployedModel, ModelRegistry
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.common.target import AzureTarget
from tasks.domain.events.admission import AdmissionRules
from tasks.domain.events.prefect_event import PrefectEvent
from tasks.domain.events.reemission import AdmittedVersion, emission_ids, next_emission, reemitted_event, undeployed
from tasks.events.model_records import read_record
from tasks.events.prefect_events import confirm, post, prefect, sent_times
from tasks.runtime.flow_runs import has_redeployment
from tasks.runtime.results import UNCACHED


@task(task_run_name="re-emit events of {target.workspace}", **UNCACHED)
async def reemit_events(
    target: AzureTarget, registry: ModelRegistry, rules: AdmissionRules, now: datetime
) -> tuple[PrefectEvent, ...]:
    """Re-emit events of versions that were admitted 15 minutes ago or earlier, are not deployed, and have no flow run.

    Safe to run again: each repetition has its own stable id, and the maximum is three.

    Raises:
        TemporaryError: When Prefect may not have stored all of them.
    """
    async with prefect() as client:
        newest = (await read_record(client, WorkspaceId.of(target))).newest
        waiting = undeployed(registry, rules, newest, now)
        sent = await sent_times(client, [identity for one in waiting for identity in emission_ids(one.version)])
        due = [(one, number) for one in waiting if (number := next_emission(one, sent, now)) is not None]
        chosen = [reemitted_event(one, number) for one, number in due if not await _has_run(target, one)]
        await post(client, chosen)
        await confirm(client, {one.id for one in chosen})
    for event in chosen:
        get_run_logger().warning("%s %s", event.payload["model"], event.payload["why"])
    return tuple(chosen)


async def _has_run(target: AzureTarget, one: AdmittedVersion) -> bool:
    model = DeployedModel.parse(one.version.path)
    return model is not None and await asyncio.to_thread(has_redeployment, target, one.endpoint, model)
