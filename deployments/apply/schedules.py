"""The schedules: written one by one, so that those that people added stay, and what they changed is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule

from deployments.apply.record import SCHEDULE, Record

TIMES: Final = "times"
ACTIVE: Final = "active"
PARAMETERS: Final = "parameters"

Fields = dict[str, Any]


async def write_schedules(
    client: PrefectClient, record: Record, name: str, deployment: DeploymentResponse, wanted: list[dict[str, Any]]
) -> None:
    """Create, change or leave the project's schedules of a deployment.

    Args:
        client: The server.
        record: What was applied last.
        name: The deployment's name.
        deployment: The deployment on the server.
        wanted: Its schedules in prefect.yaml, each with a slug.
    """
    present = {one.slug: one for one in deployment.schedules if one.slug}
    path = f"/deployments/{deployment.id}/schedules"
    for one in wanted:
        title, found = object_name(name, one["slug"]), present.get(one["slug"])
        fields = _fields(one)
        if found is None and record.stays_removed(title, fields):
            continue
        merged = record.merge(title, _fields_now(found) if found else None, fields).values
        body = {"schedule": merged[TIMES], ACTIVE: merged[ACTIVE], PARAMETERS: merged[PARAMETERS]}
        if found is None:
            await client.request("POST", path, json=[{**body, "slug": one["slug"]}])  # type: ignore[arg-type]
        elif merged != _fields_now(found):
            await client.request("PATCH", f"{path}/{found.id}", json=body)  # type: ignore[arg-type]
    await _remove_obsolete(client, record, name, deployment, {one["slug"] for one in wanted})


async def _remove_obsolete(
    client: PrefectClient, record: Record, name: str, deployment: DeploymentResponse, slugs: set[str]
) -> None:
    for one in deployment.schedules:
        if one.slug and one.slug not in slugs and object_name(name, one.slug) in record.last:
            await client.delete_deployment_schedule(deployment.id, one.id)


def object_name(deployment: str, slug: str) -> str:
    """Return the name of a schedule as an object of its own."""
    return f"{deployment}{SCHEDULE}{slug}"


def _fields(document: Mapping[str, Any]) -> Fields:
    cron = CronSchedule(cron=document["cron"], timezone=document.get("timezone"))
    parameters = document.get("parameters") or {}
    return {TIMES: _times(cron), ACTIVE: document.get("active", True), PARAMETERS: parameters}


def _fields_now(present: DeploymentSchedule) -> Fields:
    return {TIMES: _times(present.schedule), ACTIVE: present.active, PARAMETERS: present.parameters or {}}


def _times(schedule: Any) -> dict[str, Any]:
    shown: dict[str, Any] = schedule.model_dump(mode="json")
    return {**shown, "timezone": shown.get("timezone") or "UTC"}
