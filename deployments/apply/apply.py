"""Write to the Prefect server all that this project needs there.

Block types and blocks, the work pool, the deployments with their schedule, and the automations. Safe to run again: each
is written by its name.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from typing import Final

import anyio
import yaml
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
from deployments.apply.automations import read_automations, write_automations
from deployments.apply.blocks import notification_block, save_blocks
from deployments.apply.forms import complete_form
from deployments.apply.settings import Settings
from deployments.apply.work_pool import write_work_pool
from deployments.console import complain, say
from deployments.paths import ROOT
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


async def apply(settings: Settings) -> list[str]:
    """Write everything; return a line for each object that the server has then.

    Raises:
        ApplyError: An object is missing at the end.
        SettingsError: A setting names an object that does not exist.
    """
    async with get_client() as client:
        problem = await client.api_healthcheck()
        if problem:
            raise ApplyError(f"no Prefect server answers at {client.api_url}: {problem}. Check PREFECT_API_URL.")
        notify = await notification_block(client, settings)
        lines = [f"block       {one}" for one in await save_blocks(client, settings)]
        lines.append(f"work pool   {await write_work_pool(client, settings)}")
        await anyio.to_thread.run_sync(deploy, settings)
        deployments = {name: await _deployment(client, name) for name in DEPLOYMENTS}
        for deployment in deployments.values():
            await complete_form(client, deployment)
        lines += [f"deployment  {name}" for name in deployments]
        values = {f"deployment:{name}": str(one.id) for name, one in deployments.items()}
        automations = read_automations(
            {**values, **_values(settings, str(notify or ""))},
            enabled=_enabled(settings),
            has_notifications=notify is not None,
        )
        written = await write_automations(client, automations)
        lines += [f"automation  {one.name}" + ("" if one.enabled else " (off)") for one in written]
        lines.append(f"next run    {await _next_scheduled(client, deployments[NIGHTLY]):%Y-%m-%d %H:%M} UTC")
    return lines


def deploy(settings: Settings) -> None:
    """Run `prefect deploy` on prefect.yaml, with the team's settings.

    Raises:
        ApplyError: Prefect refused; carries its output.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        yaml.safe_dump(prefect_yaml.with_settings(settings), file)
        file.flush()
        command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--prefect-file", file.name, "--all"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 -- written here
    if done.returncode:
        raise ApplyError(f"prefect deploy failed:\n{(done.stdout + done.stderr)[-3000:]}")


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


def main() -> int:
    """Apply, and list what the server has then; return the exit status."""
    try:
        say("\n".join(asyncio.run(apply(read_environment(Settings)))))
    except (SettingsError, ApplyError) as error:
        complain(f"Not applied: {error}")
    except PrefectHTTPStatusError as error:
        answer = str(error).splitlines()[0]
        complain(f"Not applied: the Prefect server refused: {answer}. Check PREFECT_API_AUTH_STRING.")
    else:
        return 0
    return 1
