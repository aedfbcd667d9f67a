"""In legacy isolation, an image travels through private endpoint connections that the registry has to approve."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.applies import to_managed
from tasks.checks.engine.check import Check
from tasks.checks.engine.egress import judge_connections, why_not_legacy
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.diagnosis import DiagnosedWorkspace
from tasks.domain.finding import Verdict, skipped
from tasks.domain.online_deployment import OnlineDeployment
from tasks.domain.registry import ContainerRegistry
from tasks.domain.subject import Subject


@dataclass(frozen=True)
class Seen:
    """The workspace, its registry, and the endpoint's online deployments."""

    workspace: DiagnosedWorkspace
    registry: ContainerRegistry | None
    deployments: tuple[OnlineDeployment, ...]


async def observe(look: EndpointLook) -> Seen:
    """Workspace, registry and online deployments."""
    workspace = look.workspace
    return Seen(await workspace.workspace(), await workspace.registry(), await look.online_deployments())


def judge(_subject: Subject, found: Seen) -> Verdict:
    """Every egress connection must be Approved."""
    reason = why_not_legacy(found.workspace, found.deployments)
    if reason or found.registry is None:
        return skipped(reason or "The workspace has no container registry yet.")
    return judge_connections(f"container registry {found.registry.name}", found.registry.private_endpoint_connections)


CHECK = Check(
    code="SCORE-EGR-002",
    name="registry_egress_connections_are_approved",
    title="The registry has approved the online deployments' connections",
    severity="major",
    scope="endpoint",
    inputs=("workspace", "registry", "online_deployments"),
    observe=observe,
    judge=judge,
    applies=to_managed,
    remedy="az network private-endpoint-connection approve --id CONNECTION_ID",
    doc="https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
)
