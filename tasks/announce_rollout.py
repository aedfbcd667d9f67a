"""Announce how a rollout goes, as Prefect events for automations."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Literal

from prefect import task
from prefect.events import emit_event
from prefect.runtime import flow_run
from pydantic import JsonValue

from tasks.domain.rollout import Rollout
from tasks.domain.target import AzureTarget
from tasks.results import LOOK_ONCE

Happening = Literal["started", "step", "promoted", "rolled_back", "inconclusive", "shadowed"]


@task(task_run_name="announce {what}", **LOOK_ONCE)
def announce_rollout(target: AzureTarget, rollout: Rollout, what: Happening, told: Mapping[str, JsonValue]) -> None:
    """Emit `azureml.rollout.` and what happened, about the endpoint.

    Safe to run again: the same happening of the same rollout is the same event, and Prefect takes an event once.
    """
    identity = target.endpoint_id(rollout.endpoint)
    emit_event(
        f"azureml.rollout.{what}",
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"{rollout.id}?{what}={told.get('percent', '')}"),
        resource={
            "prefect.resource.id": f"azureml.endpoint{identity.lower()}",
            "prefect.resource.name": rollout.endpoint,
            "azureml.endpoint": rollout.endpoint,
            "azureml.workspace": target.workspace,
            "azureml.resource-group": target.resource_group,
        },
        related=[
            {
                "prefect.resource.id": f"azureml.workspace{target.workspace_id.lower()}",
                "prefect.resource.role": "azureml-workspace",
                "prefect.resource.name": target.workspace,
            }
        ],
        payload={
            "endpoint": rollout.endpoint,
            "workspace": target.workspace,
            "resource_group": target.resource_group,
            "id": identity,
            "rollout": rollout.id,
            "online_deployment": rollout.color,
            "live_before": rollout.live,
            **told,
            "run": {"id": flow_run.id, "name": flow_run.name},
        },
    )
