"""Tell Prefect again of admitted versions that no flow run came for."""

from __future__ import annotations

import asyncio
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.model import DeployedModel, ModelRegistry
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.common.target import AzureTarget
from tasks.domain.events.admission import Gates
from tasks.domain.events.prefect_event import Happening
from tasks.domain.events.reemission import AdmittedVersion, next_telling, tellings, told_again, undeployed
from tasks.events.model_records import read_record
from tasks.events.prefect_events import confirm, known_since, post, prefect
from tasks.runtime.flow_runs import has_redeployment
from tasks.runtime.results import LOOK_AGAIN


@task(task_run_name="tell again of {target.workspace}", **LOOK_AGAIN)
async def reemit_events(
    target: AzureTarget, registry: ModelRegistry, gates: Gates, now: datetime
) -> tuple[Happening, ...]:
    """Repeat the events of admitted versions that are a quarter of an hour old, not deployed, and in no run's hands.

    Safe to run again: each repetition has an id of its own, which is always the same, and there are three at most.

    Raises:
        TemporaryError: When Prefect may not have all of them.
    """
    async with prefect() as client:
        newest = (await read_record(client, WorkspaceId.of(target))).newest
        waiting = undeployed(registry, gates, newest, now)
        sent = await known_since(client, [identity for one in waiting for identity in tellings(one.version)])
        due = [(one, number) for one in waiting if (number := next_telling(one, sent, now)) is not None]
        chosen = [told_again(one, number) for one, number in due if not await _has_run(target, one)]
        await post(client, chosen)
        await confirm(client, {one.id for one in chosen})
    for happening in chosen:
        get_run_logger().warning("%s %s", happening.payload["model"], happening.payload["why"])
    return tuple(chosen)


async def _has_run(target: AzureTarget, one: AdmittedVersion) -> bool:
    model = DeployedModel.parse(one.version.path)
    return model is not None and await asyncio.to_thread(has_redeployment, target, one.endpoint, model)
