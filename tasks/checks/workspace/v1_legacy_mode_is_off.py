"""Online endpoints are part of Azure ML's v2 interface, which v1 legacy mode turns off."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.subject import Subject


async def observe(look: WorkspaceLook) -> DiagnosedWorkspace:
    """The workspace."""
    return await look.workspace()


def judge(_subject: Subject, workspace: DiagnosedWorkspace) -> Verdict:
    """It must be off."""
    if workspace.v1_legacy_mode:
        return failed(
            "v1 legacy mode is on, so Azure refuses every operation on online endpoints.",
            seen("v1LegacyMode", "true", "false"),
        )
    return passed("v1 legacy mode is off.")


CHECK = Check(
    code="SCORE-WS-001",
    name="v1_legacy_mode_is_off",
    title="The workspace's v1 legacy mode is off",
    severity="critical",
    scope="workspace",
    inputs=("workspace",),
    observe=observe,
    judge=judge,
    remedy=(
        "Talk to the network security team first: they may have turned it on for a reason. Then: "
        "az rest --method patch --url 'https://management.azure.com/subscriptions/{subscription}/resourceGroups/"
        "{resource_group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}?api-version=2024-10-01' "
        '--body \'{{"properties":{{"v1LegacyMode":false}}}}\' (takes up to an hour to take effect).'
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-configure-network-isolation-with-v2",
)
