"""The remedies themselves: from what was seen to a draft, without looking or changing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.private_network import EGRESS_DESCRIPTION
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
            summary=f"Connection {_name(decided[0])} of the {owner} is {decided[0].status}: somebody decided that, so "
            "it is not changed here. Make the online deployment again; that asks for a new connection."
        )
    if not ours:
        return Draft(summary=f"No connection of the {owner} waits for an approval.")
    return Draft(
        summary=f"Approve {_count(ours)} to the {owner}.",
        warning="Whoever may ask for a connection chooses its description. Approve only while an online deployment of "
        f"yours waits for one, and only if there are no more of them than such deployments: {_sources(ours)}",
        changes=tuple(_approval(owner, one) for one in ours),
        stands_on=tuple(_same_source(owner, one) for one in ours),
    )


def approve_callers(workspace: DiagnosedWorkspace) -> Draft:
    """Approve the one private endpoint through which callers would reach the workspace."""
    owner = f"workspace {workspace.name}"
    ways = [one for one in workspace.connections if one.description != EGRESS_DESCRIPTION]
    pending = [one for one in ways if _has(one, "Pending")]
    if len(pending) != 1:
        told = (
            f"{len(pending)} private endpoint connections wait" if pending else "No private endpoint connection waits"
        )
        return Draft(summary=f"{told} for an approval by the {owner}, so which one to approve is yours to say.")
    return Draft(
        summary=f"Approve the private endpoint connection {_name(pending[0])} to the {owner}.",
        warning="Everybody in that private endpoint's network reaches the workspace and its endpoints afterwards. "
        f"Check that it is a network of yours: {_sources(pending)}",
        changes=(_approval(owner, pending[0]),),
        stands_on=(_same_source(owner, pending[0]),),
    )


def let_azure_services_by(vault: DiagnosedVault | None) -> Draft:
    """Except Azure's trusted services from the key vault's firewall; the firewall itself stays as it is."""
    if vault is None or vault.lets_azure_services_by:
        return Draft(summary="The key vault lets Azure services by already.")
    return Draft(
        summary=f"Let Azure's trusted services by the firewall of key vault {vault.name}.",
        warning="Azure's trusted services get past the firewall then; who may read a secret still depends on the "
        "vault's access policies or roles.",
        changes=(_change(vault.id, f"key vault {vault.name}", BYPASS, (vault.bypass, "AzureServices")),),
    )


def set_build_compute(workspace: DiagnosedWorkspace, computes: Sequence[Compute], wanted: str | None) -> Draft:
    """Let a cluster that the workspace has build its images. A new one is never made here: it costs money."""
    usable = [one for one in computes if _builds(one, workspace)]
    named = [one for one in usable if wanted is None or one.name.lower() == wanted.lower()]
    if len(named) != 1:
        found = ", ".join(one.name for one in usable) or "none"
        reason = (
            f"Compute {wanted} can't build images" if wanted else f"It has to be said which of {len(usable)} to use"
        )
        return Draft(
            summary=f"{reason}. Compute clusters in {workspace.location} that are provisioned: {found}. Make one with: "
            "az ml compute create --type AmlCompute --min-instances 0, or choose one by image_build_compute."
        )
    (chosen,) = named
    what = f"workspace {workspace.name}"
    resource = f"{workspace.id}/computes/{chosen.name}"
    return Draft(
        summary=f"Let compute {chosen.name} build the images of {what}.",
        warning="The cluster starts for each new image, and costs what its machines cost while it runs.",
        changes=(_change(workspace.id, what, BUILD_COMPUTE, (workspace.image_build_compute, chosen.name)),),
        stands_on=(_succeeded(resource, f"compute {chosen.name}"),),
    )


def send_traffic_back(endpoint: DiagnosedEndpoint, deployments: Sequence[OnlineDeployment]) -> Draft:
    """Send all traffic to the healthy online deployment that has the most of it already."""
    healthy = sorted(
        (one for one in deployments if one.provisioning_state.lower() == "succeeded"),
        key=lambda one: (-share_of(endpoint.traffic, one.name), one.name),
    )
    if not healthy:
        return Draft(summary="No online deployment is well, so none can take the traffic. Mend or make one first.")
    chosen, what = healthy[0], f"endpoint {endpoint.name}"
    changes = [_change(endpoint.id, what, TRAFFIC, (_shares(endpoint.traffic), {chosen.name: 100}))]
    if share_of(endpoint.mirror_traffic, chosen.name):  # one deployment can't have both
        mirror = _shares(endpoint.mirror_traffic), _shares(without(endpoint.mirror_traffic, chosen.name))
        changes.append(_change(endpoint.id, what, MIRROR_TRAFFIC, mirror))
    return Draft(
        summary=f"Send all traffic of {what} to online deployment {chosen.name}.",
        warning=f"Callers get the answers of {chosen.name} from then on, and its instances carry the whole load.",
        changes=tuple(changes),
        stands_on=(_succeeded(chosen.id, f"online deployment {chosen.name}"),),
    )


def switch_legacy_mode_off(workspace: DiagnosedWorkspace) -> Draft:
    """Turn v1 legacy mode off."""
    if not workspace.v1_legacy_mode:
        return Draft(summary="v1 legacy mode is off already.")
    what = f"workspace {workspace.name}"
    return Draft(
        summary=f"Switch v1 legacy mode of {what} off.",
        warning="Speak with the network security team first. The mode may be on for a reason: with it off, the "
        "workspace's control plane is reached over Azure's public one. It takes up to an hour to take effect.",
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
