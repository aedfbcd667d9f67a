"""In legacy isolation, model and code travel through private endpoint connections that the storage has to approve."""

from __future__ import annotations

from tasks.checks.engine.applies import to_managed
from tasks.checks.engine.check import Check
from tasks.checks.engine.egress import Seen, judge_egress
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.diagnostics.finding import Verdict
from tasks.domain.diagnostics.subject import Subject


async def observe(look: EndpointLook) -> Seen:
    """Workspace, storage account and online deployments."""
    workspace = look.workspace
    return Seen(await workspace.workspace(), await workspace.storage(), await look.online_deployments())


def judge(_subject: Subject, found: Seen) -> Verdict:
    """The storage account has to approve."""
    return judge_egress("storage account", found)


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
