"""A Prefect event as plain values: name, id, resource and payload; and the event of a registered model."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from tasks.domain.azure.model import ModelVersion
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.events.admission import Admission

REGISTERED: Final = "azureml.model.registered"

Labels = dict[str, str]


class PrefectEvent(BaseModel, frozen=True):
    """One Prefect event. Its id derives from Azure's event, so that a repeated delivery has the same id."""

    name: str
    id: uuid.UUID
    resource: Labels
    related: tuple[Labels, ...] = ()
    payload: dict[str, Any] = {}


def registered(version: ModelVersion, judged: Admission) -> PrefectEvent:
    """Return the event of a registered model version, with the decision of the admission rules."""
    place = version.workspace
    labels = {"azureml.admitted": str(judged.admitted).lower()}
    labels |= {"azureml.endpoint": judged.endpoint} if judged.endpoint else {}
    payload = {
        **place_of(place),
        **version.model_dump(include={"model", "version", "tags", "properties", "event_id"}),
        "id": version.path,
        "time": written(version.time),
        **judged.model_dump(),
    }
    return PrefectEvent(
        name=REGISTERED,
        id=version.prefect_id(admitted=judged.admitted),
        resource=model_resource(place, version.model) | labels,
        related=(workspace_resource(place),),
        payload=payload,
    )


def resource_of(kind: str, workspace: WorkspaceId, path: str, name: str) -> Labels:
    """Return the labels of a resource in a workspace; `path` is its ARM path below the workspace."""
    return {
        "prefect.resource.id": f"azureml.{kind}{workspace.key}/{path.lower()}",
        "prefect.resource.name": name,
        "azureml.workspace": workspace.workspace,
        "azureml.resource-group": workspace.resource_group,
    }


def model_resource(workspace: WorkspaceId, model: str) -> Labels:
    """Return the labels of a model."""
    return resource_of("model", workspace, f"models/{model}", model) | {"azureml.model": model}


def workspace_resource(workspace: WorkspaceId) -> Labels:
    """Return the labels of a workspace as a related resource."""
    return {
        "prefect.resource.id": f"azureml.workspace{workspace.key}",
        "prefect.resource.role": "azureml-workspace",
        "prefect.resource.name": workspace.workspace,
    }


def place_of(workspace: WorkspaceId) -> dict[str, str]:
    """Return the location of a workspace, for a payload."""
    return workspace.model_dump(include={"subscription_id", "resource_group", "workspace"})


def written(moment: datetime | None) -> str:
    """Return a time as text; empty where it is unknown."""
    return moment.isoformat() if moment else ""
