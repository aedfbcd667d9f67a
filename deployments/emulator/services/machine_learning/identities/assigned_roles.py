"""The roles that Azure assigns by itself to the system-assigned identities of workspaces and endpoints.

They are listed as any other role assignment and go with the resource; a user-assigned identity gets none. Sources:
learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth, …/how-to-disable-local-auth-storage,
…/how-to-assign-roles, …/how-to-identity-based-service-authentication.
"""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.rights import Rights
from deployments.emulator.rights.evaluation import ASSIGNMENTS
from deployments.emulator.services.machine_learning.identities.managed import system_principal
from deployments.emulator.services.machine_learning.ids import ENDPOINT_TYPE, WORKSPACE_TYPE
from deployments.emulator.state import Resource, parent_of

OWN = "assignedBy"


def set_up(emulator: Emulator) -> None:
    """Register that the assignments go with what they were made for."""
    for kind in (WORKSPACE_TYPE, ENDPOINT_TYPE):
        emulator.removal.on_delete(kind, _remove)


def assign_to_workspace(emulator: Emulator, workspace: Resource) -> None:
    """Assign what a workspace's system-assigned identity needs: its resource group, its account and its registry."""
    account = _there(emulator, workspace, "storageAccount")
    registry = _there(emulator, workspace, "containerRegistry")
    roles = [(workspace.id.split("/providers/")[0], "Azure AI Administrator")]
    roles += [(account, role) for role in ("Storage Blob Data Contributor", "Storage File Data Privileged Contributor")]
    roles += [(registry, "Contributor")]
    _assign(emulator, workspace, roles)


def assign_to_endpoint(emulator: Emulator, endpoint: Resource) -> None:
    """Assign what an endpoint's system-assigned identity needs; the same assignments again change nothing.

    The workspace's registry may come later than the endpoint, with the first image.
    """
    workspace = emulator.resources.require(parent_of(endpoint.id))
    account = _there(emulator, workspace, "storageAccount")
    writes = account and emulator.resources.require(account).properties.get("allowSharedKeyAccess") is False
    roles = [
        (_there(emulator, workspace, "containerRegistry"), "AcrPull"),
        (account, f"Storage Blob Data {'Contributor' if writes else 'Reader'}"),
        (workspace.id, "AzureML Metrics Writer"),
    ]
    _assign(emulator, endpoint, roles)


def _there(emulator: Emulator, workspace: Resource, part: str) -> str:
    found = emulator.resources.get(str(workspace.properties.get(part) or ""))
    return found.id if found else ""


def _assign(emulator: Emulator, resource: Resource, roles: list[tuple[str, str]]) -> None:
    principal, rights = system_principal(resource), emulator.part(Rights)
    for scope, role in roles:
        if principal and scope:
            made = rights.assign(principal, scope, role)
            made.private[OWN] = resource.id.lower()
            emulator.resources.save(made)


def _remove(emulator: Emulator, resource: Resource) -> None:
    for one in emulator.resources.of_type(ASSIGNMENTS):
        if one.private.get(OWN) == resource.id.lower():
            emulator.resources.delete(one.id)
