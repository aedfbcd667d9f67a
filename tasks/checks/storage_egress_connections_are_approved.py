"""In legacy isolation, model and code travel through private endpoint connections that the storage has to approve."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.applies import to_managed
from tasks.checks.engine.check import Check
from tasks.checks.engine.egress import judge_connections, why_not_legacy
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.diagnosis import DiagnosedWorkspace, StorageAccount
from tasks.domain.finding import Verdict, skipped
from tasks.domain.online_deployment import OnlineDeployment
from tasks.domain.subject import Subject


@dataclass(frozen=True)
class Seen:
    """The workspace, its storage account, and the endpoint's online deployments."""

    workspace: DiagnosedWorkspace
    storage: StorageAccount | None
    deployments: tuple[OnlineDeployment, ...]


async def observe(look: EndpointLook) -> Seen:
    """Workspace, storage account and online deployments."""
    workspace = look.workspace
    return Seen(await workspace.workspace(), await workspace.storage(), await look.online_deployments())


def judge(_subject: Subject, found: Seen) -> Verdict:
    """Every egress connection must be Approved."""
    reason = why_not_legacy(found.workspace, found.deployments)
    if reason or found.storage is None:
        return skipped(reason or "The workspace names no storage account.")
    return judge_connections(f"storage account {found.storage.name}", found.storage.private_endpoint_connections)


CHECK = Check(
    code="SCORE-EGR-003",
    name="storage_egress_connections_are_approved",
    title="The storage account has approved the online deployments' connections",
    severity="major",
    scope="endpoint",
    inputs=("workspace", "storage", "online_deployments"),
    observe=observe,
    judge=judge,
    applies=to_managed,
    remedy="az network private-endpoint-connection approve --id CONNECTION_ID",
    doc="https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
)
