"""Private endpoint connections, as the resources at their far end list, show and approve them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.resources.groups import GROUP
from deployments.emulator.state import Resource, type_of

APPROVED, PENDING, REJECTED, DISCONNECTED = "Approved", "Pending", "Rejected", "Disconnected"
STATES = (APPROVED, PENDING, REJECTED, DISCONNECTED)


@dataclass(frozen=True, slots=True)
class Target:
    """A type of resource that private endpoints lead to: its sub-resources (group ids), and each one's DNS zone."""

    type: str
    groups: dict[str, tuple[str, ...]]
    needs_premium: bool = False


# learn.microsoft.com/azure/machine-learning/how-to-custom-dns: a workspace's zones, for its API and for its notebooks.
WORKSPACE_ZONES = {
    "public": ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"),
    "usgovernment": ("privatelink.api.ml.azure.us", "privatelink.notebooks.usgovcloudapi.net"),
    "china": ("privatelink.api.ml.azure.cn", "privatelink.notebooks.chinacloudapi.cn"),
}

BLOB_ZONES = ("privatelink.blob.core.windows.net",)

# learn.microsoft.com/azure/private-link/private-endpoint-dns
TARGETS = {
    target.type.lower(): target
    for target in (
        Target("Microsoft.KeyVault/vaults", {"vault": ("privatelink.vaultcore.azure.net",)}),
        Target(
            "Microsoft.Storage/storageAccounts",
            {
                kind: (f"privatelink.{kind}.core.windows.net",)
                for kind in ("blob", "file", "queue", "table", "dfs", "web")
            },
        ),
        Target("Microsoft.ContainerRegistry/registries", {"registry": ("privatelink.azurecr.io",)}, needs_premium=True),
        Target(
            "Microsoft.MachineLearningServices/workspaces",
            {"amlworkspace": WORKSPACE_ZONES["public"]},
        ),
    )
}


def routes() -> list[Route]:
    """Connections and the sub-resources that can be connected to, under every type that has them."""
    found = []
    for target in TARGETS.values():
        parent = f"{GROUP}/providers/{target.type}/{{parent}}"
        connections = f"{parent}/privateEndpointConnections"
        found += [
            Route("GET", connections, _list),
            Route("GET", connections + "/{name}", _get),
            Route("PUT", connections + "/{name}", _put),
            Route("DELETE", connections + "/{name}", _delete),
            Route("GET", parent + "/privateLinkResources", _groups),
        ]
    return found


def make_connection(emulator: Emulator, target_id: str, private_endpoint: Resource, state: str) -> Resource:
    """The connection that a private endpoint makes at its far end."""
    guid = private_endpoint.private["guid"]
    identity = f"{target_id}/privateEndpointConnections/{private_endpoint.name}.{guid}"
    existing = emulator.resources.get(identity)
    if existing:
        return existing
    text = "Auto-Approved" if state == APPROVED else ""
    properties = {
        "privateEndpoint": {"id": private_endpoint.id},
        "privateLinkServiceConnectionState": state_at(target_id, state, text),
        "provisioningState": "Succeeded",
    }
    return emulator.resources.create(identity, properties)


def state_at(target_id: str, status: str, description: str) -> dict[str, str]:
    """A connection's state in the words of the provider at its far end: storage alone says `actionRequired`."""
    storage = type_of(target_id).lower() == "microsoft.storage/storageaccounts"
    return {"status": status, "description": description, "actionRequired" if storage else "actionsRequired": "None"}


def connections_of(emulator: Emulator, target_id: str) -> list[Resource]:
    """The connections of a resource."""
    return emulator.resources.members(f"{target_id}/privateEndpointConnections")


def connections_shown(emulator: Emulator, target: Resource) -> dict[str, Any]:
    """Return what the connections add to their target's own properties."""
    found = [{"id": one.id, "properties": one.properties} for one in connections_of(emulator, target.id)]
    return {"privateEndpointConnections": found} if found else {}


def status_of(connection: Resource) -> str:
    """Approved, Pending, Rejected or Disconnected."""
    return str(connection.properties["privateLinkServiceConnectionState"]["status"])


def _list(call: Call) -> Answer:
    target = call.emulator.resources.require(call.path.rstrip("/").rsplit("/", 1)[0])
    return Answer(200, {"value": [found.body for found in connections_of(call.emulator, target.id)]})


def _get(call: Call) -> Answer:
    return Answer(200, call.emulator.resources.require(call.path).body)


def _put(call: Call) -> Answer:
    """Approve or reject; a connection itself is only made by a private endpoint."""
    connection = call.emulator.resources.require(call.path)
    desired = (call.json().get("properties") or {}).get("privateLinkServiceConnectionState") or {}
    status = str(desired.get("status", status_of(connection))).capitalize()
    if status not in STATES:
        raise ArmError(400, "BadRequest", f"'{status}' is not a state of a private endpoint connection.")
    state = connection.properties["privateLinkServiceConnectionState"]
    state.update(status=status, description=desired.get("description") or state["description"])
    call.emulator.resources.save(connection)
    return Answer(200, connection.body)


def _delete(call: Call) -> Answer:
    connection = call.emulator.resources.get(call.path)
    if connection is None:
        return Answer(204)
    call.emulator.removal.remove(connection.id)
    return Answer(200, connection.body)


def _groups(call: Call) -> Answer:
    parent = call.emulator.resources.require(call.path.rstrip("/").rsplit("/", 1)[0])
    target = TARGETS[type_of(parent.id).lower()]
    return Answer(200, {"value": [_group(parent, group, zones) for group, zones in target.groups.items()]})


def _group(parent: Resource, group: str, zones: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": f"{parent.id}/privateLinkResources/{group}",
        "name": group,
        "type": f"{type_of(parent.id)}/privateLinkResources",
        "properties": {"groupId": group, "requiredMembers": [group], "requiredZoneNames": list(zones)},
    }
