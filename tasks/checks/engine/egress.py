"""The shared part of the checks of legacy isolation, where each online deployment has its own private endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.networking.private_network import EGRESS_DESCRIPTION
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.registry import ContainerRegistry, PrivateEndpointConnection
from tasks.domain.common.commands import argument
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace, StorageAccount
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped, warned

Owner = TypeVar("Owner", ContainerRegistry, StorageAccount)


@dataclass(frozen=True)
class Observation(Generic[Owner]):
    """The workspace, the resource that has to approve connections, and the endpoint's online deployments."""

    workspace: DiagnosedWorkspace
    owner: Owner | None
    deployments: tuple[OnlineDeployment, ...]


async def observe_registry(facts: EndpointFacts) -> Observation[ContainerRegistry]:
    """Workspace, container registry and online deployments."""
    workspace = facts.workspace
    return Observation(await workspace.workspace(), await workspace.registry(), await facts.online_deployments())


def judge_egress(kind: str, found: Observation[Owner]) -> Verdict:
    """Judge the owner's egress connections: in legacy isolation, each must be Approved."""
    reason = _why_not_legacy(found.workspace, found.deployments)
    if reason or found.owner is None:
        return skipped(reason or f"The workspace has no {kind} yet.")
    return _judge_connections(f"{kind} {found.owner.name}", found.owner.private_endpoint_connections)


def _why_not_legacy(workspace: DiagnosedWorkspace, deployments: Sequence[OnlineDeployment]) -> str:
    """Return the reason why legacy isolation is not used; empty when it is."""
    if workspace.has_managed_network:
        return "The workspace's managed network carries the outbound traffic."
    if not any(one.egress_public_network_access == "disabled" for one in deployments):
        return "No online deployment has private endpoints of its own."
    return ""


def _judge_connections(owner: str, connections: Sequence[PrivateEndpointConnection]) -> Verdict:
    """All connections that Azure ML made for egress must be Approved."""
    ours = [one for one in connections if one.description == EGRESS_DESCRIPTION]
    waiting = [one for one in ours if one.status.lower() != "approved"]
    if not ours:
        return warned(
            f"The {owner} has no connection for the egress of online deployments.",
            remedy="Make the online deployment again: Azure makes its private endpoints only then.",
        )
    if waiting:
        return failed(
            f"The {owner} has not approved {len(waiting)} of {len(ours)} connections of online deployments.",
            *(seen(one.name or one.id.rsplit("/", 1)[-1], one.status, "Approved") for one in waiting),
            remedy=f"az network private-endpoint-connection approve --id {argument(waiting[0].id)} --description "
            f"'{EGRESS_DESCRIPTION}'",
        )
    return passed(f"The {owner} has approved all {len(ours)} connections of online deployments.")
