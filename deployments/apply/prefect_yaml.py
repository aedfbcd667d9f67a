"""The deployments of prefect.yaml, whose values are defaults, with a team's settings in their place."""

from __future__ import annotations

from typing import Any, Final

import yaml

from deployments.apply.settings import Settings
from deployments.paths import ROOT

FILE: Final = ROOT / "deployments" / "prefect.yaml"


def with_settings(settings: Settings) -> dict[str, Any]:
    """Return the document that `prefect deploy` is to read."""
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    deployments = {one["name"]: one for one in document["deployments"]}
    for one in deployments.values():
        one["work_pool"]["name"] = settings.work_pool
        one["parameters"]["target"]["$ref"]["block_document_slug"] = f"azure-ml-workspace/{settings.block}"
    private_access = settings.private_access()
    if private_access:
        shown = private_access.model_dump(mode="json", exclude_defaults=True)
        deployments["lifecycle"]["parameters"]["private_access"] = shown
        deployments["private-access"]["parameters"]["spec"] = shown
    intake, nightly = deployments["intake"], deployments["diagnostics"]["schedules"][0]
    intake["parameters"] |= {
        "storage_account": settings.queue_account,
        "queue": settings.queue,
        "routes": settings.block,
    }
    active = {"queue": bool(settings.queue_account), "lost-events": settings.redeploy_on_model}
    for schedule in intake["schedules"]:
        schedule["active"] = active[schedule["slug"]]
    nightly |= {"cron": settings.nightly_cron, "timezone": settings.time_zone}
    return document
