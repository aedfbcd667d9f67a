"""A Prefect event about an endpoint, with its workspace related, so that automations can match either."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from prefect.events import emit_event
from prefect.runtime import flow_run
from pydantic import JsonValue


def emit_about(endpoint_id: str, event: str, occasion: str, told: Mapping[str, JsonValue]) -> None:
    """Emit it. Prefect adds the flow run, the task run, the Prefect deployment and the tags as related resources.

    Args:
        endpoint_id: The endpoint's ARM id.
        event: The event's name.
        occasion: Stands for what happened: the same occasion is the same event, of which Prefect drops a repeat that
            comes within minutes.
        told: What the payload says beside which endpoint it is about, and in which run.
    """
    words, identity = endpoint_id.split("/"), endpoint_id.lower()
    group, workspace, name = words[4], words[8], words[10]
    emit_event(
        event,
        id=uuid.uuid5(uuid.NAMESPACE_URL, occasion),
        resource={
            "prefect.resource.id": f"azureml.endpoint{identity}",
            "prefect.resource.name": name,
            "azureml.endpoint": name,
            "azureml.workspace": workspace,
            "azureml.resource-group": group,
        },
        related=[
            {
                "prefect.resource.id": f"azureml.workspace{identity.rpartition('/onlineendpoints/')[0]}",
                "prefect.resource.role": "azureml-workspace",
                "prefect.resource.name": workspace,
            }
        ],
        payload={
            "endpoint": name,
            "workspace": workspace,
            "resource_group": group,
            "id": endpoint_id,
            **told,
            "run": {"id": flow_run.id, "name": flow_run.name},
        },
    )
