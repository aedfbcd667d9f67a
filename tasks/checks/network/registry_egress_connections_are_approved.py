"""In legacy isolation, images travel through private endpoint connections that the registry has to approve."""

from __future__ import annotations

from tasks.checks.engine.applies import to_managed
from tasks.checks.engine.check import Check
from tasks.checks.engine.egress import Observation, judge_egress, observe_registry
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.planners import approve_egress


def judge(_subject: Subject, found: Observation[ContainerRegistry]) -> Verdict:
    """Fail on a connection for the egress of online deployments that is not Approved.

    Their description is `Egress for Microsoft.MachineLearningServices/workspaces/onlineEndpoints`.
    """
    return judge_egress("container registry", found)


async def plan(facts: EndpointFacts, _request: RemedyRequest) -> Draft:
    """Approve the pending connections of online deployments to the registry."""
    return approve_egress("container registry", await facts.workspace.registry())


CHECK = Check(
    code="SCORE-EGR-002",
    title="The registry has approved the online deployments' connections",
    severity="major",
    scope="endpoint",
    inputs=("workspace", "registry", "online_deployments"),
    observe=observe_registry,
    judge=judge,
    applies=to_managed,
    remedy=(
        "az network private-endpoint-connection approve --id CONNECTION_ID (keep the description: it identifies them)"
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
    explains=("SCORE-DEP-001",),
    because="The image can't be pulled before the connection is approved.",
    plan=plan,
)
