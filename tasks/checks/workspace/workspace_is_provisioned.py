"""Everything else depends on the workspace: after a failed operation, later ones may be refused or incomplete."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.states import judge_state
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, workspace: DiagnosedWorkspace) -> Verdict:
    """Fail when `properties.provisioningState` is Failed or Canceled; warn while an operation is running."""
    return judge_state("workspace", workspace.provisioning_state)


CHECK = Check(
    code="SCORE-WS-002",
    title="The workspace is provisioned",
    severity="major",
    scope="workspace",
    inputs=("workspace",),
    observe=WorkspaceFacts.workspace,
    judge=judge,
    remedy=(
        "Read the reason in the workspace's activity log: az monitor activity-log list --resource-group "
        "{resource_group} --status Failed --offset 7d. Then repeat the operation that failed."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-manage-workspace",
    explains=("SCORE-NET-002", "SCORE-NET-003", "SCORE-END-001", "SCORE-DEP-001"),
    because="Everything else depends on the workspace.",
)
