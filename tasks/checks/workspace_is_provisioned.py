"""Nothing that stands on a workspace works reliably while the workspace itself has failed."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.diagnosis import DiagnosedWorkspace
from tasks.domain.finding import Verdict, failed, passed, seen, warned
from tasks.domain.provisioning import has_failed, is_settled
from tasks.domain.subject import Subject


async def observe(look: WorkspaceLook) -> DiagnosedWorkspace:
    """The workspace."""
    return await look.workspace()


def judge(_subject: Subject, workspace: DiagnosedWorkspace) -> Verdict:
    """Its last operation must have succeeded."""
    state = seen("provisioningState", workspace.provisioning_state, "Succeeded")
    if has_failed(workspace.provisioning_state):
        return failed(f"The workspace's last operation ended as {workspace.provisioning_state}.", state)
    if not is_settled(workspace.provisioning_state):
        return warned(f"An operation is running on the workspace: {workspace.provisioning_state}.", state)
    return passed("The workspace is provisioned.")


CHECK = Check(
    code="SCORE-WS-002",
    name="workspace_is_provisioned",
    title="The workspace is provisioned",
    severity="major",
    scope="workspace",
    inputs=("workspace",),
    observe=observe,
    judge=judge,
    remedy=(
        "Read the reason in the workspace's activity log: az monitor activity-log list --resource-group "
        "{resource_group} --status Failed --offset 7d. Then repeat the operation that failed."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-manage-workspace",
)
