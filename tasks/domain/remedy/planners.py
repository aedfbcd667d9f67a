"""The remedies themselves: from observed facts to a draft, without reading or changing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from tasks.domain.azure.networking.private_network import EGRESS_DESCRIPTION
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.registry import ContainerRegistry, PrivateEndpointConnection
from tasks.domain.azure.traffic import share_of, without
from tasks.domain.common.naming import same_location
from tasks.domain.diagnostics.diagnosed import (
    Compute,
    DiagnosedEndpoint,
    DiagnosedVault,
    DiagnosedWorkspace,
    StorageAccount,
)
from tasks.domain.remedy.plan import Change, Condition, Draft

CONNECTION_STATUS: Final = "properties.privateLinkServiceConnectionState.status"
PRIVATE_ENDPOINT: Final = "properties.privateEndpoint.id"
PROVISIONING_STATE: Final = "properties.provisioningState"
BYPASS: Final = "properties.networkAcls.bypass"
BUILD_COMPUTE: Final = "properties.imageBuildCompute"
LEGACY_MODE: Final = "properties.v1LegacyMode"
TRAFFIC: Final = "properties.traffic"
MIRROR_TRAFFIC: Final = "properties.mirrorTraffic"

_CLUSTER: Final = "amlcompute"


def approve_egress(kind: str, resource: ContainerRegistry | StorageAccount | None) -> Draft:
    """Approve the online deployments' own connections to a registry or storage account (legacy isolation)."""
    if resource is None:
        return Draft(summary=f"The workspace has no {kind}.")
    owner, connections = f"{kind} {resource.name}", resource.private_endpoint_connections
    ours = [one for one in connections if one.description == EGRESS_DESCRIPTION and not _has(one, "Approved")]
    decided = [one for one in ours if not _has(one, "Pending")]
    if decided:
        return Draft(
            summary=f"Connection {_name(decided[0])} of the {owner} is {decided[0].status}: that was decided manually, "
            "so it is not changed here. Make the online deployment again; that requests a new connection."
        )
    if not ours:
        return Draft(summary=f"No connection to the {owner} is pending.")
    return Draft(
        summary=f"Approve {_count(ours)} to the {owner}.",
        warning="The requester of a connection chooses its description. Approve only while an online deployment of "
        f"yours waits for one, and only if there are no more connections than such deployments: {_sources(ours)}",
        changes=tuple(_approval(owner, one) for one in ours),
        stands_on=tuple(_same_source(owner, one) for one in ours),
    )


def approve_callers(workspace: DiagnosedWorkspace) -> Draft:
    """Approve the one pending private endpoint for callers of the workspace."""
    owner = f"workspace {workspace.name}"
    inbound = [one for one in workspace.connections if one.description != EGRESS_DESCRIPTION]
    pending = [one for one in inbound if _has(one, "Pending")]
    if len(pending) != 1:
        count = f"{len(pending)} private endpoint connections" if pending else "No private endpoint connection"
        return Draft(summary=f"{count} to the {owner} pending: approve the right one manually.")
    return Draft(
        summary=f"Approve the private endpoint connection {_name(pending[0])} to the {owner}.",
        warning="Every caller in that private endpoint's network can reach the workspace and its endpoints afterwards. "
        f"Check that it is a network of yours: {_sources(pending)}",
        changes=(_approval(owner, pending[0]),),
        stands_on=(_same_source(owner, pending[0]),),
    )


def allow_azure_services(vault: DiagnosedVault | None) -> Draft:
    """Allow trusted Azure services on the key vault; its firewall stays as it is otherwise."""
    if vault is None or vault.allows_azure_services:
        return Draft(summary="The key vault already allows trusted Azure services.")
    return Draft(
        summary=f"Allow trusted Azure services on key vault {vault.name}.",
        warning="Trusted Azure services pass the firewall then; read access to secrets still depends on the vault's "
        "access policies or roles.",
        changes=(_change(vault.id, f"key vault {vault.name}", BYPASS, (vault.bypass, "AzureServices")),),
    )


def set_build_compute(workspace: DiagnosedWorkspace, computes: Sequence[Compute], name: str | None) -> Draft:
    """Build images on a cluster that the workspace has. A new one is never made here: it costs money."""
    usable = [one for one in computes if _builds(one, workspace)]
    named = [one for one in usable if name is None or one.name.lower() == name.lower()]
    if len(named) != 1:
        found = ", ".join(one.name for one in usable) or "none"
        reason = f"Compute {name} can't build images" if name else f"{len(usable)} clusters can build images"
        return Draft(
            summary=f"{reason}. Provisioned compute clusters in {workspace.location}: {found}. Choose one by "
            "image_build_compute, or make one: az ml compute create --type AmlCompute --min-instances 0."
        )
    (chosen,) = named
    what = f"workspace {workspace.name}"
    resource = f"{workspace.id}/computes/{chosen.name}"
    return Draft(
        summary=f"Build the images of {what} on compute {chosen.name}.",
        warning="The cluster starts for each new image; its machines cost money while they run.",
        changes=(_change(workspace.id, what, BUILD_COMPUTE, (workspace.image_build_compute, chosen.name)),),
        stands_on=(_succeeded(resource, f"compute {chosen.name}"),),
    )


def send_traffic_to_healthy(endpoint: DiagnosedEndpoint, deployments: Sequence[OnlineDeployment]) -> Draft:
    """Send all traffic to the healthy online deployment that has the most of it already."""
    healthy = sorted(
        (one for one in deployments if one.provisioning_state.lower() == "succeeded"),
        key=lambda one: (-share_of(endpoint.traffic, one.name), one.name),
    )
    if not healthy:
        return Draft(summary="No online deployment is healthy, so none can take the traffic. Fix or make one first.")
    chosen, what = healthy[0], f"endpoint {endpoint.name}"
    changes = [_change(endpoint.id, what, TRAFFIC, (_shares(endpoint.traffic), {chosen.name: 100}))]
    if share_of(endpoint.mirror_traffic, chosen.name):  # one deployment can't have both
        mirror = _shares(endpoint.mirror_traffic), _shares(without(endpoint.mirror_traffic, chosen.name))
        changes.append(_change(endpoint.id, what, MIRROR_TRAFFIC, mirror))
    return Draft(
        summary=f"Send all traffic of {what} to online deployment {chosen.name}.",
        warning=f"Callers get the answers of {chosen.name} from then on, and its instances have the whole load.",
        changes=tuple(changes),
        stands_on=(_succeeded(chosen.id, f"online deployment {chosen.name}"),),
    )


def turn_legacy_mode_off(workspace: DiagnosedWorkspace) -> Draft:
    """Turn v1 legacy mode off."""
    if not workspace.v1_legacy_mode:
        return Draft(summary="v1 legacy mode is off already.")
    what = f"workspace {workspace.name}"
    return Draft(
        summary=f"Turn v1 legacy mode of {what} off.",
        warning="Talk to the network security team first. The mode may be on for a reason: with it off, the "
        "workspace's control plane is Azure's public one. It takes up to an hour to take effect.",
        changes=(_change(workspace.id, what, LEGACY_MODE, (True, False)),),
    )


def _has(connection: PrivateEndpointConnection, status: str) -> bool:
    return connection.status.lower() == status.lower()


def _name(connection: PrivateEndpointConnection) -> str:
    return connection.name or connection.id.rsplit("/", 1)[-1]


def _count(connections: Sequence[PrivateEndpointConnection]) -> str:
    return (
        "1 private endpoint connection" if len(connections) == 1 else f"{len(connections)} private endpoint connections"
    )


def _sources(connections: Sequence[PrivateEndpointConnection]) -> str:
    return ", ".join(one.private_endpoint_id or _name(one) for one in connections) + "."


def _approval(owner: str, connection: PrivateEndpointConnection) -> Change:
    what = f"private endpoint connection {_name(connection)} of the {owner}"
    return Change(resource=connection.id, what=what, path=CONNECTION_STATUS, before=connection.status, after="Approved")


def _same_source(owner: str, connection: PrivateEndpointConnection) -> Condition:
    what = f"private endpoint connection {_name(connection)} of the {owner}"
    return Condition(
        resource=connection.id, what=what, path=PRIVATE_ENDPOINT, value=connection.private_endpoint_id or None
    )


def _succeeded(resource: str, what: str) -> Condition:
    return Condition(resource=resource, what=what, path=PROVISIONING_STATE, value="Succeeded")


def _builds(compute: Compute, workspace: DiagnosedWorkspace) -> bool:
    return (
        compute.kind.lower() == _CLUSTER
        and compute.provisioning_state.lower() == "succeeded"
        and same_location(compute.location or workspace.location, workspace.location)
    )


def _change(resource: str, what: str, path: str, values: tuple[JsonValue, JsonValue]) -> Change:
    before, after = values
    return Change(resource=resource, what=what, path=path, before=before, after=after)


def _shares(traffic: Mapping[str, int]) -> JsonValue:
    return dict(traffic)
