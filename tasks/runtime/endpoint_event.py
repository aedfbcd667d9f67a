"""Emit Prefect events about endpoints, with the workspace as related resource, so that automations can match either."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from prefect.events import emit_event
from prefect.runtime import flow_run
from pydantic import JsonValue

from tasks.domain.common.redaction import storable


def emit_endpoint_event(endpoint_id: str, event: str, occasion: str, payload: Mapping[str, JsonValue]) -> None:
    """Emit an event. Prefect adds the flow run, task run, Prefect deployment and tags as related resources.

    Args:
        endpoint_id: The endpoint's ARM id.
        event: The event's name.
        occasion: The deduplication key: the same occasion has the same event id, and Prefect drops a repeat within
            minutes.
        payload: The payload, to which the endpoint and the run are added.
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
            **storable(payload),
            "run": {"id": flow_run.id, "name": flow_run.name},
        },
    )
