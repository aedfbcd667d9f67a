"""The work pool that all deployments run in: processes beside the worker, container groups, or Kubernetes jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound

from deployments.apply.record import Record
from deployments.apply.settings import PoolType, Settings
from deployments.paths import ROOT
from deployments.validation import SettingsError

FOLDER: Final = ROOT / "deployments" / "work_pools"
FILES: Final[Mapping[PoolType, str]] = {
    "process": "process.json",
    "azure-container-instance": "azure_container_instances.json",
    "kubernetes": "kubernetes.json",
}

IMAGE: Final = "REPLACE-WITH-THE-IMAGE"
STRUCTURE: Final = "structure"


async def write_work_pool(client: PrefectClient, record: Record, settings: Settings) -> dict[str, Any]:
    """Create the pool, or update its template; return the template that it has then.

    A default that a person gave a field of the template is kept, and so is a template whose structure a person changed.

    Raises:
        SettingsError: A pool of this name has another type.
    """
    template = base_job_template(settings)
    try:
        present = await client.read_work_pool(settings.work_pool)
    except ObjectNotFound:
        record.merge(settings.work_pool, None, _fields(template))
        made = WorkPoolCreate(name=settings.work_pool, type=settings.work_pool_type, base_job_template=template)
        await client.create_work_pool(made)
        return template
    if present.type != settings.work_pool_type:
        raise SettingsError(
            f"the work pool {settings.work_pool} has the type {present.type}, not {settings.work_pool_type}: "
            "choose another ENDPOINT_OPS_WORK_POOL."
        )
    merged = merged_template(record, settings.work_pool, present.base_job_template, template)
    if merged != present.base_job_template:
        await client.update_work_pool(settings.work_pool, WorkPoolUpdate(base_job_template=merged))
    return merged


def merged_template(record: Record, name: str, present: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the template with people's defaults; its structure is the project's where none is recorded."""
    now, known = _fields(present), wanted["variables"]["properties"]
    if name not in record.last:
        now = {field: value for field, value in now.items() if field in _fields(wanted) or field in known}
        now[STRUCTURE] = _fields(wanted)[STRUCTURE]
    fields = record.merge(name, now, _fields(wanted)).values
    template = deepcopy(present if fields[STRUCTURE] == _fields(present)[STRUCTURE] else wanted)
    for variable, shown in template["variables"]["properties"].items():
        shown.pop("default", None)
        if variable in fields:
            shown["default"] = fields[variable]
    return template


def _fields(template: dict[str, Any]) -> dict[str, Any]:
    """Return the default of each variable, and all the rest as one field."""
    rest, variables = deepcopy(template), template.get("variables", {}).get("properties", {})
    for shown in rest.get("variables", {}).get("properties", {}).values():
        shown.pop("default", None)
    return {**{name: one["default"] for name, one in variables.items() if "default" in one}, STRUCTURE: rest}


def base_job_template(settings: Settings) -> dict[str, Any]:
    """Return the template of the jobs that a worker creates.

    A run can change its variables only: image and working directory are written into the template itself.
    """
    template: dict[str, Any] = json.loads((FOLDER / FILES[settings.work_pool_type]).read_text(encoding="utf-8"))
    job = template["job_configuration"]
    if settings.work_pool_type == "process":
        return {**template, "job_configuration": {**job, "working_dir": str(settings.working_directory)}}
    return {**template, "job_configuration": _filled(job, settings.image)}


def _filled(value: Any, image: str) -> Any:
    """Return a part of the template with the image in its place."""
    if isinstance(value, dict):
        return {name: _filled(one, image) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, image) for one in value]
    return image if value == IMAGE else value
