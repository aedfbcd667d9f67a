"""The wire form of a workspace."""

from __future__ import annotations

import uuid
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.services import private_link
from deployments.emulator.services.machine_learning.identities.managed import identity
from deployments.emulator.services.machine_learning.ids import WORKSPACE_TYPE
from deployments.emulator.services.machine_learning.refusals import validation_error
from deployments.emulator.state import Resource

FLAGS = ("hbiWorkspace", "v1LegacyMode", "softDeleteEnabled", "enableDataIsolation")
TEXTS = (
    "friendlyName",
    "description",
    "storageAccount",
    "keyVault",
    "applicationInsights",
    "containerRegistry",
    "imageBuildCompute",
    "publicNetworkAccess",
    "primaryUserAssignedIdentity",
    "systemDatastoresAuthMode",
)
FIREWALL_SINCE = "2024-07"
PARTS = ("storageAccount", "keyVault", "applicationInsights", "containerRegistry")


def new_workspace(emulator: Emulator, workspace_id: str, request: dict[str, Any], by: str) -> Resource:
    """Return a new workspace, from the request and what Azure adds (form: the recordings)."""
    name, region = workspace_id.rsplit("/", 1)[-1], str(request.get("location", "")).replace(" ", "").lower()
    now, tenant, guid = emulator.clock.timestamp(), emulator.directory.tenant_id, str(uuid.uuid4())
    body: dict[str, Any] = {"id": workspace_id, "name": name, "type": WORKSPACE_TYPE, "location": region, "tags": {}}
    body["etag"] = None
    body["properties"] = {
        "friendlyName": name,
        "description": "",
        "tenantId": tenant,
        "imageBuildCompute": None,
        "provisioningState": "Creating",
        "managedNetwork": {"isolationMode": "Disabled"},
        **dict.fromkeys(FLAGS, False),
        "creationTime": now,
        "notebookInfo": _notebook(name, region, guid),
        "storageHnsEnabled": False,
        "workspaceId": guid,
        "publicNetworkAccess": "Enabled",
        "discoveryUrl": f"https://{region}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://{region}.api.azureml.ms/mlflow/v1.0{workspace_id}",
    }
    body["identity"] = identity(emulator, request.get("identity") or {}, {})
    body |= {"kind": str(request.get("kind") or "Default").capitalize(), "sku": {"name": "Basic", "tier": "Basic"}}
    body["systemData"] = stamp(now, by)
    workspace = Resource(workspace_id, body)
    merge(emulator, workspace, request, by)
    return workspace


def _notebook(name: str, region: str, guid: str) -> dict[str, Any]:
    host = f"ml-{name[:12].replace('_', '').lower()}-{region}-{guid}.{region}.notebooks.azure.net"
    return {"resourceId": uuid.uuid4().hex, "fqdn": host, "isPrivateLinkEnabled": False}


def stamp(now: str, by: str) -> dict[str, str]:
    """systemData of something new."""
    return {
        "createdAt": now,
        "createdBy": by,
        "createdByType": "Application",
        "lastModifiedAt": now,
        "lastModifiedBy": by,
        "lastModifiedByType": "Application",
    }


def merge(emulator: Emulator, workspace: Resource, request: dict[str, Any], by: str) -> None:
    """Apply tags, identity and properties; the managed network is left to its own module."""
    if request.get("tags") is not None:
        workspace.body["tags"] = request["tags"]
    if request.get("identity"):
        workspace.body["identity"] = identity(emulator, request["identity"], workspace.body["identity"])
    desired = request.get("properties") or {}
    workspace.properties.update({name: desired[name] for name in TEXTS if desired.get(name)})
    workspace.properties.update({name: flag(desired[name]) for name in FLAGS if desired.get(name) is not None})
    workspace.body["systemData"] |= {"lastModifiedAt": emulator.clock.timestamp(), "lastModifiedBy": by}


def flag(value: Any) -> bool:
    """A truth value; the SDK's template writes them as words."""
    return value is True or str(value).lower() == "true"


def check_parts(emulator: Emulator, workspace_id: str, properties: dict[str, Any], *, new: bool) -> None:
    """Check that the resources of a workspace exist, in its subscription (guide, limitations).

    Raises:
        ArmError: 400, where one is missing.
    """
    if new and not (properties.get("storageAccount") and properties.get("keyVault")):
        raise validation_error("Missing dependent resources in workspace json.")
    subscription = workspace_id.split("/")[2].lower()
    for part in filter(properties.get, PARTS):
        resource_id = str(properties[part])
        if resource_id.lower().split("/")[2:3] != [subscription]:
            raise validation_error(f"{part} '{resource_id}' must be in the same subscription as the workspace.")
        if emulator.resources.get(resource_id) is None:
            raise validation_error(f"{part} '{resource_id}' of the workspace could not be found.")


def document(emulator: Emulator, workspace: Resource, version: str = "") -> dict[str, Any]:
    """The workspace as an API version shows it, with the private endpoint connections that it has at the moment."""
    connections = [connection.body for connection in private_link.connections_of(emulator, workspace.id)]
    links = {"privateEndpointConnections": connections, "privateLinkCount": len(connections)}
    network = dict(workspace.properties["managedNetwork"])
    if version and version < FIREWALL_SINCE:
        network.pop("firewallSku", None)
    return {**workspace.body, "properties": {**workspace.properties, "managedNetwork": network, **links}}
