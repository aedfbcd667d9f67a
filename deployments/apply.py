"""Everything that Prefect has to know of this project: `python -m deployments.apply`, or `make apply`.

Block types and blocks, the work pool, the deployments with their schedule, and the automations. May be run again at any
time: each is written by its name. The exit status is 0 only when all of it is there at the end.
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

from deployments import automate, blocks, prefect_yaml
from deployments.forms import complete_form
from deployments.settings import ROOT, Settings, SettingsError, read_settings
from deployments.work_pool import write_work_pool

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
    """Something is not as it should be after all was applied."""


async def apply(settings: Settings) -> list[str]:
    """Write everything; returns what is there then, a line each.

    Raises:
        ApplyError: When something is missing at the end.
        SettingsError: When a setting names what is not there.
    """
    async with get_client() as client:
        problem = await client.api_healthcheck()
        if problem:
            raise ApplyError(f"no Prefect server answers at {client.api_url}: {problem}. Is PREFECT_API_URL right?")
        notify = await blocks.notification_block(client, settings)
        told = [f"block       {one}" for one in await blocks.save_blocks(client, settings)]
        told.append(f"work pool   {await write_work_pool(client, settings)}")
        await anyio.to_thread.run_sync(deploy, settings)
        deployments = {name: await _deployment(client, name) for name in DEPLOYMENTS}
        for deployment in deployments.values():
            await complete_form(client, deployment)
        told += [f"deployment  {name}" for name in deployments]
        values = {f"deployment:{name}": str(one.id) for name, one in deployments.items()}
        wanted = automate.read_automations(
            {**values, **_values(settings, str(notify or ""))},
            enabled=_enabled(settings),
            has_notifications=notify is not None,
        )
        automations = await automate.write_automations(client, wanted)
        told += [f"automation  {one.name}" + ("" if one.enabled else " (off)") for one in automations]
        told.append(f"next night  {await _next_night(client, deployments[NIGHTLY]):%Y-%m-%d %H:%M} UTC")
    return told


def deploy(settings: Settings) -> None:
    """Deploy all of prefect.yaml with the team's settings.

    Raises:
        ApplyError: With what Prefect said.
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


async def _next_night(client: PrefectClient, deployment: DeploymentResponse) -> datetime:
    """When the next scheduled run begins; the server makes these runs by and by.

    Raises:
        ApplyError: When there is none in time.
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
        f"the schedule of {NIGHTLY} has made no run within {PATIENCE_SECONDS:.0f} s. Is the schedule active, and do "
        "the server's background services run?"
    )


def main() -> int:
    """Apply, and say what is there."""
    try:
        settings = read_settings()
        print("\n".join(asyncio.run(apply(settings))))
    except (SettingsError, ApplyError) as error:
        print(f"Not applied: {error}", file=sys.stderr)
    except PrefectHTTPStatusError as error:
        told = str(error).splitlines()[0]
        print(f"Not applied: the Prefect server refused: {told}. Is PREFECT_API_AUTH_STRING right?", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
