"""Legacy isolation: an online deployment whose egress is Disabled has a network and private endpoints of its own.

They lead to the workspace, its storage account and its registry, each of which has to approve its connection. The
private endpoints themselves are in a subscription of Azure's, which users can't read.
docs: concept-secure-online-endpoint
"""

from __future__ import annotations

import uuid

from deployments.emulator.core import Emulator
from deployments.emulator.services import private_link
from deployments.emulator.state import Resource, parent_of

DESCRIPTION = "Egress for Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
OWNER = "deployment"
AZURES_OWN = uuid.UUID("a2b4f7c9-7a7d-4a3c-9d0a-0c5b3f1f4e21")
ENDS = ("storageAccount", "containerRegistry")


def connect(emulator: Emulator, deployment: Resource) -> None:
    """Make the connections of an online deployment, approved as its identity may do; those that are there stay."""
    if str(deployment.properties.get("egressPublicNetworkAccess")).lower() != "disabled":
        return
    workspace = emulator.resources.require(parent_of(parent_of(deployment.id)))
    ends = [workspace.id, *(str(workspace.properties[end]) for end in ENDS if workspace.properties.get(end))]
    for end in ends:
        if emulator.resources.get(end):
            _connect(emulator, deployment, end)


def _connect(emulator: Emulator, deployment: Resource, end: str) -> None:
    guid = uuid.uuid5(AZURES_OWN, f"{deployment.id.lower()}>{end.lower()}")
    identity = f"{end}/privateEndpointConnections/{deployment.name}.{guid}"
    if emulator.resources.get(identity):
        return
    home = f"/subscriptions/{AZURES_OWN}/resourceGroups/online-{guid.hex[:8]}/providers/Microsoft.Network"
    properties = {
        "privateEndpoint": {"id": f"{home}/privateEndpoints/{deployment.name}-{guid.hex[:8]}"},
        "privateLinkServiceConnectionState": private_link.state_at(end, private_link.APPROVED, DESCRIPTION),
        "provisioningState": "Succeeded",
    }
    emulator.resources.create(identity, properties, {OWNER: deployment.id})


def disconnect(emulator: Emulator, deployment: Resource) -> None:
    """Remove the connections of an online deployment."""
    if str(deployment.properties.get("egressPublicNetworkAccess")).lower() != "disabled":
        return
    for kind in private_link.TARGETS.values():
        for connection in emulator.resources.of_type(f"{kind.type}/privateEndpointConnections"):
            if connection.private.get(OWNER) == deployment.id:
                emulator.resources.delete(connection.id)


def connections_of(emulator: Emulator, end: str) -> list[Resource]:
    """The connections of online deployments at one end."""
    every = private_link.connections_of(emulator, end)
    return [one for one in every if one.properties["privateLinkServiceConnectionState"]["description"] == DESCRIPTION]
