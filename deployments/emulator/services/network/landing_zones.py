"""What a company may have put around a team's subscription: a policy that connects workspaces, a hub that owns zones.

The built-in policy is "Configure Azure Machine Learning workspaces with private endpoints", with the one for their
private DNS zones. It acts on workspaces that are created after it was assigned, some time after each.
"""

from __future__ import annotations

import uuid

from deployments.emulator.core import Emulator
from deployments.emulator.operations import Operation
from deployments.emulator.rights import Rights
from deployments.emulator.services import private_dns, private_link
from deployments.emulator.services.network import callers
from deployments.emulator.services.resources.groups import make_group
from deployments.emulator.state import Resource

POLICY = "Microsoft.Authorization/policyAssignments"
ACT = "policy.connect_workspace"
HUB_GROUP, HUB_LOCATION = "hub-dns", "westeurope"


def set_up(emulator: Emulator) -> None:
    """Register how the policy acts."""
    emulator.operations.completes(ACT, _act)


def assign_policy(emulator: Emulator, scope: str) -> str:
    """Assign the policy at a subscription, resource group or workspace; returns the assignment's id."""
    identity = f"{scope}/providers/{POLICY}/private-access-of-workspaces"
    properties = {"displayName": "Configure Azure Machine Learning workspaces with private endpoints", "scope": scope}
    body = {"id": identity, "name": identity.rsplit("/", 1)[-1], "type": POLICY, "properties": properties}
    return emulator.resources.put(identity, body).id


def open_hub(emulator: Emulator, role: str) -> dict[str, object]:
    """Make another subscription with the zones of workspaces and of blobs, linked to the callers' network.

    Args:
        emulator: Whose.
        role: The first principal's role on the zones' group, by its name; None gives none.
    """
    subscription = str(uuid.uuid4())
    emulator.resources.set_setting("hub_subscription", subscription)
    group = make_group(emulator, f"/subscriptions/{subscription}/resourceGroups/{HUB_GROUP}", HUB_LOCATION, None)
    names = (*private_link.WORKSPACE_ZONES["public"], *private_link.BLOB_ZONES)
    zones = [private_dns.make_zone(emulator, group.id, name) for name in names]
    for zone in zones:
        private_dns.make_link(emulator, zone, callers.NETWORK, callers.network_id(emulator))
    if role != "None":
        emulator.part(Rights).assign(emulator.directory.first().object_id, group.id, role)
    return {"subscription_id": subscription, "resource_group": HUB_GROUP, "zone_ids": [zone.id for zone in zones]}


def workspace_created(emulator: Emulator, workspace: Resource) -> None:
    """Let the policy act on a new workspace, where it is assigned."""
    scopes = [str(one.properties["scope"]).lower() for one in emulator.resources.of_type(POLICY)]
    if any(f"{workspace.id.lower()}/".startswith(f"{scope}/") for scope in scopes):
        data = {"workspace": workspace.id}
        emulator.operations.start(ACT, callers.private_endpoint_id(emulator, workspace), data=data)


def _act(emulator: Emulator, operation: Operation) -> None:
    """Connect the workspace, unless it was deleted meanwhile or has a private endpoint already."""
    workspace = emulator.resources.get(operation.data["workspace"])
    if workspace and not private_link.connections_of(emulator, workspace.id):
        callers.connect_workspace(emulator, workspace)
