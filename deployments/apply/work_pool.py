"""The work pool that all deployments run in: processes beside the worker, container groups, or Kubernetes jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound

from deployments.apply.settings import PoolType, Settings
from deployments.paths import ROOT
from deployments.validation import SettingsError

FOLDER: Final = ROOT / "deployments" / "work_pools"
FILES: Final[Mapping[PoolType, str]] = {
    "process": "process.json",
    "azure-container-instance": "azure_container_instances.json",
    "kubernetes": "kubernetes.json",
}


async def write_work_pool(client: PrefectClient, settings: Settings) -> str:
    """Create the pool, or update its template; return its name and type.

    Raises:
        SettingsError: A pool of this name has another type.
    """
    template = base_job_template(settings)
    try:
        present = await client.read_work_pool(settings.work_pool)
    except ObjectNotFound:
        made = WorkPoolCreate(name=settings.work_pool, type=settings.work_pool_type, base_job_template=template)
        await client.create_work_pool(made)
    else:
        if present.type != settings.work_pool_type:
            raise SettingsError(
                f"the work pool {settings.work_pool} has the type {present.type}, not {settings.work_pool_type}: "
                "choose another ENDPOINT_OPS_WORK_POOL."
            )
        await client.update_work_pool(settings.work_pool, WorkPoolUpdate(base_job_template=template))
    return f"{settings.work_pool} ({settings.work_pool_type})"


def base_job_template(settings: Settings) -> dict[str, Any]:
    """Return the template of the jobs that a worker creates."""
    template: dict[str, Any] = json.loads((FOLDER / FILES[settings.work_pool_type]).read_text(encoding="utf-8"))
    if settings.work_pool_type == "process":
        template["variables"]["properties"]["working_dir"]["default"] = str(settings.working_directory)
    return template
