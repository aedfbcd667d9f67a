"""Online endpoints belong to Azure ML's v2 API, which v1 legacy mode turns off.

Azure then refuses to create, change or read them.
"""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.planners import turn_legacy_mode_off


def judge(_subject: Subject, workspace: DiagnosedWorkspace) -> Verdict:
    """Fail when `properties.v1LegacyMode` of the workspace is true."""
    if workspace.v1_legacy_mode:
        return failed(
            "v1 legacy mode is on, so Azure refuses every operation on online endpoints.",
            seen("v1LegacyMode", "true", "false"),
        )
    return passed("v1 legacy mode is off.")


async def plan(facts: EndpointFacts, _request: RemedyRequest) -> Draft:
    """Turn v1 legacy mode off."""
    return turn_legacy_mode_off(await facts.workspace.workspace())


CHECK = Check(
    code="SCORE-WS-001",
    title="The workspace's v1 legacy mode is off",
    severity="critical",
    scope="workspace",
    inputs=("workspace",),
    observe=WorkspaceFacts.workspace,
    judge=judge,
    remedy=(
        "Talk to the network security team first: they may have turned it on for a reason. Then: "
        "az rest --method patch --url 'https://management.azure.com/subscriptions/{subscription}/resourceGroups/"
        "{resource_group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}?api-version=2024-10-01' "
        '--body \'{{"properties":{{"v1LegacyMode":false}}}}\' (takes up to an hour to take effect).'
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-configure-network-isolation-with-v2",
    explains=("SCORE-END-001", "SCORE-DEP-001", "SCORE-KV-002"),
    because="With v1 legacy mode on, Azure refuses every operation on endpoints.",
    plan=plan,
)
