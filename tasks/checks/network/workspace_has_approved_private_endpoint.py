"""A private endpoint of the workspace is the only way to call an endpoint whose public access is off."""

from __future__ import annotations

from tasks.checks.engine.applies import to_private
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.azure.private_network import EGRESS_DESCRIPTION
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.subject import Subject


async def observe(look: EndpointLook) -> DiagnosedWorkspace:
    """The workspace with its connections."""
    return await look.workspace.workspace()


def judge(_subject: Subject, workspace: DiagnosedWorkspace) -> Verdict:
    """At least one connection for callers is Approved."""
    ways = [one for one in workspace.connections if one.description != EGRESS_DESCRIPTION]
    if not ways:
        return failed("The workspace has no private endpoint, and the endpoint takes no public callers.")
    if any(one.status.lower() == "approved" for one in ways):
        return passed("The workspace has an approved private endpoint.")
    pending = next((one for one in ways if one.status.lower() == "pending"), None)
    approve = f"az network private-endpoint-connection approve --id {pending.id}" if pending else ""
    return failed(
        "No private endpoint connection of the workspace is approved, so none carries anything.",
        *(seen(one.private_endpoint_id.rsplit("/", 1)[-1], one.status, "Approved") for one in ways),
        remedy=approve,
    )


CHECK = Check(
    code="SCORE-PE-001",
    name="workspace_has_approved_private_endpoint",
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
)
