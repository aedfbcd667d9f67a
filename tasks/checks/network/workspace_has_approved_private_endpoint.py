"""An endpoint without public access can be called only through an approved private endpoint of the workspace."""

from __future__ import annotations

from tasks.checks.engine.applies import to_private
from tasks.checks.engine.check import Check
from tasks.checks.engine.effects import DNS_SYMPTOMS
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.networking.private_network import EGRESS_DESCRIPTION
from tasks.domain.common.commands import argument
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.planners import approve_callers
from tasks.domain.remedy.private_access import connect_callers


async def observe(facts: EndpointFacts) -> DiagnosedWorkspace:
    """The workspace with its connections."""
    return await facts.workspace.workspace()


def judge(_subject: Subject, workspace: DiagnosedWorkspace) -> Verdict:
    """Fail unless a private endpoint connection of the workspace is Approved; those of legacy egress don't count."""
    inbound = [one for one in workspace.connections if one.description != EGRESS_DESCRIPTION]
    if not inbound:
        return failed("The workspace has no private endpoint, and public access to the endpoint is off.")
    if any(one.status.lower() == "approved" for one in inbound):
        return passed("The workspace has an approved private endpoint.")
    pending = next((one for one in inbound if one.status.lower() == "pending"), None)
    approve = f"az network private-endpoint-connection approve --id {argument(pending.id)}" if pending else ""
    return failed(
        "No private endpoint connection of the workspace is approved, so none can be used.",
        *(seen(one.private_endpoint_id.rsplit("/", 1)[-1], one.status, "Approved") for one in inbound),
        remedy=approve,
    )


async def plan(facts: EndpointFacts, request: RemedyRequest) -> Draft:
    """Approve the workspace's one pending private endpoint connection, or create a private endpoint."""
    workspace = await facts.workspace.workspace()
    if all(one.description == EGRESS_DESCRIPTION for one in workspace.connections):
        return connect_callers(facts.workspace.target, request.private_access)
    return approve_callers(workspace)


CHECK = Check(
    code="SCORE-PE-001",
    title="The workspace has an approved private endpoint",
    severity="critical",
    scope="endpoint",
    inputs=("workspace",),
    observe=observe,
    judge=judge,
    applies=to_private,
    remedy=(
        "az network private-endpoint create --name pe-{workspace} --resource-group {resource_group} --vnet-name VNET "
        "--subnet SUBNET --private-connection-resource-id /subscriptions/{subscription}/resourceGroups/{resource_group}"
        "/providers/Microsoft.MachineLearningServices/workspaces/{workspace} --group-id amlworkspace --connection-name "
        "{workspace}, then add a DNS zone group with privatelink.api.azureml.ms and privatelink.notebooks.azure.net."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
    explains=("SCORE-PE-002", "SCORE-DNS-003", "SCORE-DNS-004", "SCORE-DNS-006", *DNS_SYMPTOMS),
    because="Without an approved private endpoint there is no private path, and no record of one.",
    plan=plan,
)
