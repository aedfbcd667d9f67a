"""A managed network is only a plan until it is provisioned.

Before that, Azure refuses online deployments with `WorkspaceManagedNetworkNotReady`.
"""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, workspace: DiagnosedWorkspace) -> Verdict:
    """Fail unless `managedNetwork.status.status` is Active."""
    if not workspace.has_managed_network:
        return skipped("The workspace has no managed network.")
    if workspace.managed_network.is_active:
        return passed("The managed network is provisioned and Active.")
    status = workspace.managed_network.status
    return failed(
        f"The managed network is {status}: it was not provisioned, so Azure refuses online deployments.",
        seen("managedNetwork.status", status, "Active"),
    )


CHECK = Check(
    code="SCORE-NET-002",
    title="The managed network is provisioned and Active",
    severity="major",
    scope="workspace",
    inputs=("workspace",),
    observe=WorkspaceFacts.workspace,
    judge=judge,
    remedy=(
        "az ml workspace provision-network --name {workspace} --resource-group {resource_group} (takes about half an "
        "hour, ten minutes more with the first FQDN rule); then repeat the online deployments that failed."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#manually-provision-a-managed-vnet",
    explains=("SCORE-NET-003", "SCORE-DEP-001"),
    because="Azure refuses online deployments until the managed network is provisioned.",
)
