"""Nothing that stands on a workspace works reliably while the workspace itself has failed."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.states import judge_state
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.subject import Subject


async def observe(look: WorkspaceLook) -> DiagnosedWorkspace:
    """The workspace."""
    return await look.workspace()


def judge(_subject: Subject, workspace: DiagnosedWorkspace) -> Verdict:
    """Its last operation must have succeeded."""
    return judge_state("workspace", workspace.provisioning_state)


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
