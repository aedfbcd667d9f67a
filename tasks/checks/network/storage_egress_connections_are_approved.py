"""In legacy isolation, model and code travel through private endpoint connections that the storage has to approve."""

from __future__ import annotations

from tasks.checks.engine.applies import to_managed
from tasks.checks.engine.check import Check
from tasks.checks.engine.egress import Observation, judge_egress
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.diagnosed import StorageAccount
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.planners import approve_egress


async def observe(facts: EndpointFacts) -> Observation[StorageAccount]:
    """Workspace, storage account and online deployments."""
    workspace = facts.workspace
    return Observation(await workspace.workspace(), await workspace.storage(), await facts.online_deployments())


def judge(_subject: Subject, found: Observation[StorageAccount]) -> Verdict:
    """Fail on a connection for the egress of online deployments that is not Approved.

    Their description is `Egress for Microsoft.MachineLearningServices/workspaces/onlineEndpoints`.
    """
    return judge_egress("storage account", found)


async def plan(facts: EndpointFacts, _request: RemedyRequest) -> Draft:
    """Approve the pending connections of online deployments to the storage account."""
    return approve_egress("storage account", await facts.workspace.storage())


CHECK = Check(
    code="SCORE-EGR-003",
    title="The storage account has approved the online deployments' connections",
    severity="major",
    scope="endpoint",
    inputs=("workspace", "storage", "online_deployments"),
    observe=observe,
    judge=judge,
    applies=to_managed,
    remedy=(
        "az network private-endpoint-connection approve --id CONNECTION_ID (keep the description: it identifies them)"
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
    explains=("SCORE-DEP-001",),
    because="Model and code can't be read before the connection is approved.",
    plan=plan,
)
