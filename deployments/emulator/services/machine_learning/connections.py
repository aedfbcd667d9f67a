"""Private endpoint connections of a workspace, and what a private endpoint to it may be for."""

from __future__ import annotations

from deployments.emulator.http import Answer, Call
from deployments.emulator.routing import Route
from deployments.emulator.services.machine_learning.ids import WORKSPACE, workspace_of

CONNECTIONS = WORKSPACE + "/privateEndpointConnections"
CONNECTION = CONNECTIONS + "/{connection}"
LINK_TYPE = "Microsoft.MachineLearningServices/workspaces/privateLinkResources"


def routes() -> list[Route]:
    """Connections: made by private endpoints, approved and deleted here."""
    return [
        Route("GET", CONNECTIONS, _list),
        Route("GET", CONNECTION, _get),
        Route("PUT", CONNECTION, _put),
        Route("DELETE", CONNECTION, _delete),
        Route("GET", WORKSPACE + "/privateLinkResources", _links),
    ]


def _id(call: Call) -> str:
    return f"{workspace_of(call).id}/privateEndpointConnections/{call.params['connection']}"


def _list(call: Call) -> Answer:
    found = call.emulator.resources.members(f"{workspace_of(call).id}/privateEndpointConnections")
    return Answer(200, {"value": [connection.body for connection in found]})


def _get(call: Call) -> Answer:
    return Answer(200, call.emulator.resources.require(_id(call)).body)


def _put(call: Call) -> Answer:
    connection = call.emulator.resources.require(_id(call))
    wanted = (call.json().get("properties") or {}).get("privateLinkServiceConnectionState") or {}
    state = {**connection.properties.get("privateLinkServiceConnectionState", {}), **wanted}
    connection.properties["privateLinkServiceConnectionState"] = state
    call.emulator.resources.save(connection)
    return Answer(200, connection.body)


def _delete(call: Call) -> Answer:
    return Answer(200 if call.emulator.removal.remove(_id(call)) else 204)


def _links(call: Call) -> Answer:
    workspace = workspace_of(call)
    properties = {
        "groupId": "amlworkspace",
        "requiredMembers": ["default", "notebook", "inference"],
        "requiredZoneNames": ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"],
    }
    identity = f"{workspace.id}/privateLinkResources/amlworkspace"
    link = {"id": identity, "name": "amlworkspace", "type": LINK_TYPE, "properties": properties}
    return Answer(200, {"value": [link]})
