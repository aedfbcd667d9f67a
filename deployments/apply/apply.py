"""Write to the Prefect server all that this project needs there.

Block types and blocks, the work pool, the deployments with their schedule, and the automations. Safe to run again: each
is written by its name, and what a person changed since is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import anyio
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from deployments.apply import prefect_yaml
from deployments.apply.automations import automation_names, read_automations, write_automations
from deployments.apply.blocks import notification_block, save_blocks
from deployments.apply.deployments import write_deployment
from deployments.apply.kept import kept_lines
from deployments.apply.record import Record, named, read_record, save_record
from deployments.apply.schedules import object_name, write_schedules
from deployments.apply.settings import Settings
from deployments.apply.work_pool import write_work_pool
from deployments.console import complain, say
from deployments.validation import SettingsError, read_environment

DEPLOYMENTS: Final = (
    "endpoint-lifecycle/lifecycle",
    "endpoint-redeploy/redeploy",
    "endpoint-remedy/remedy",
    "endpoint-teardown/teardown",
    "event-intake/intake",
    "private-access/private-access",
    "rollout-recovery/recover",
    "scoring-diagnostics/diagnostics",
)
NIGHTLY: Final = "scoring-diagnostics/diagnostics"
PATIENCE_SECONDS: Final = 90.0


class ApplyError(Exception):
    """An object is missing or incomplete after everything was applied."""


async def apply(settings: Settings, reset: Collection[str] = ()) -> list[str]:
    """Write everything; return a line for each object that the server has then, and for each field that is kept.

    Args:
        settings: The team's settings.
        reset: The objects that get the project's defaults back, whatever a person changed.

    Raises:
        ApplyError: An object is missing at the end.
        SettingsError: A setting names an object that does not exist.
    """
    async with get_client() as client:
        problem = await client.api_healthcheck()
        if problem:
            raise ApplyError(f"no Prefect server answers at {client.api_url}: {problem}. Check PREFECT_API_URL.")
        notify = await notification_block(client, settings)
        document = prefect_yaml.with_settings(settings)
        names = object_names(settings, document)
        record = Record(last=await read_record(client), reset=named(reset, names))
        lines = [f"block       {one}" for one in await save_blocks(client, settings)]
        template = await write_work_pool(client, record, settings)
        lines.append(f"work pool   {settings.work_pool} ({settings.work_pool_type})")
        deployed = await _deployed(client, record, document, set(template["variables"]["properties"]))
        lines += [f"deployment  {name}" for name in deployed]
        values = {f"deployment:{name}": str(one.id) for name, one in deployed.items()}
        automations = read_automations(
            {**values, **_values(settings, str(notify or ""))},
            enabled=_enabled(settings),
            has_notifications=notify is not None,
        )
        written = await write_automations(client, record, automations)
        lines += [f"automation  {one.name}" + ("" if one.enabled else " (off)") for one in written]
        await save_record(client, record)
        lines += kept_lines(record)
    return lines


def object_names(settings: Settings, document: Mapping[str, Any]) -> list[str]:
    """Return the name of every object that can be reset."""
    schedules = [
        object_name(name, schedule["slug"])
        for name in DEPLOYMENTS
        for one in document["deployments"]
        if name.endswith(f"/{one['name']}")
        for schedule in one.get("schedules", ())
    ]
    return [settings.work_pool, *DEPLOYMENTS, *schedules, *sorted(automation_names())]


async def _deployed(
    client: PrefectClient, record: Record, document: Mapping[str, Any], job_variables: set[str]
) -> dict[str, DeploymentResponse]:
    """Write the deployments and their schedules; return them as the server has them then."""
    documents, deployed = {one["name"]: one for one in document["deployments"]}, {}
    for name in DEPLOYMENTS:
        one = documents[name.rpartition("/")[2]]
        await write_deployment(client, record, name, one, job_variables)
        deployed[name] = await _deployment(client, name)
        await write_schedules(client, record, name, deployed[name], one.get("schedules", []))
    return deployed


def _values(settings: Settings, notify: str) -> dict[str, str]:
    return {
        "notify": notify,
        "workspace": settings.workspace,
        "workspace_id": settings.workspace_block().as_target().workspace_id.lower(),
        "work_pool": settings.work_pool,
    }


def _enabled(settings: Settings) -> list[str]:
    return [name for name in ("redeploy_on_model", "redeploy_on_unhealthy") if getattr(settings, name)]


async def _deployment(client: PrefectClient, name: str) -> DeploymentResponse:
    try:
        return await client.read_deployment_by_name(name)
    except ObjectNotFound:
        raise ApplyError(f"Prefect has no deployment {name} after deploying {prefect_yaml.FILE.name}.") from None


async def next_run() -> str:
    """Return a line that says when the nightly check begins next, or why it doesn't.

    Raises:
        ApplyError: It should begin, and the server has scheduled no run.
    """
    async with get_client() as client:
        deployment = await _deployment(client, NIGHTLY)
        if deployment.paused:
            return f"next run    none: {NIGHTLY} is paused"
        if not any(one.active for one in deployment.schedules):
            return f"next run    none: {NIGHTLY} has no active schedule"
        return f"next run    {await _next_scheduled(client, deployment):%Y-%m-%d %H:%M} UTC"


async def _applied(settings: Settings, reset: Collection[str]) -> list[str]:
    return [*await apply(settings, reset), await next_run()]


async def _next_scheduled(client: PrefectClient, deployment: DeploymentResponse) -> datetime:
    """Return when the next scheduled run begins; the server creates these runs in the background.

    Raises:
        ApplyError: There is none in time.
    """
    scheduled = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
    this = DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id]))
    with anyio.move_on_after(PATIENCE_SECONDS):
        while True:
            runs = await client.read_flow_runs(flow_run_filter=scheduled, deployment_filter=this)
            coming = [one.expected_start_time for one in runs if one.auto_scheduled and one.expected_start_time]
            if coming:
                return min(coming).astimezone(UTC)
            await anyio.sleep(0.5)
    raise ApplyError(
        f"the schedule of {NIGHTLY} created no run within {PATIENCE_SECONDS:.0f} s. Check that the schedule is active "
        "and that the server's background services run."
    )


def main(reset: Collection[str] = ()) -> int:
    """Apply, and list what the server has then; return the exit status."""
    try:
        say("\n".join(asyncio.run(_applied(read_environment(Settings), reset))))
    except (SettingsError, ApplyError) as error:
        complain(f"Not applied: {error}")
    except PrefectHTTPStatusError as error:
        answer = str(error).splitlines()[0]
        complain(f"Not applied: the Prefect server refused: {answer}. Check PREFECT_API_AUTH_STRING.")
    else:
        return 0
    return 1
