"""Check that private endpoints of outbound rules will be approved: by the caller and by the workspace's identity.

Azure gives the workspace's identity this right in the workspace's own resource group alone. Source:
learn.microsoft.com/azure/machine-learning/how-to-managed-network (approval of private endpoints).
"""

from __future__ import annotations

from tasks.clients.connect import Azure
from tasks.domain.azure.governance.access import approval_of, assignment, missing_actions, role_for
from tasks.domain.azure.networking.network import PrivateEndpointRule
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.errors import AccessDenied, NotFound
from tasks.domain.common.target import AzureTarget


def check_outbound(azure: Azure, target: AzureTarget, spec: WorkspaceSpec) -> tuple[str, ...]:
    """Check who may approve the connections of the private endpoint rules; only reads.

    Returns:
        Warnings: what could not be read, and what the identity of a new workspace will need.

    Raises:
        AccessDenied: With the command for each role that is missing.
    """
    workspace = azure.workspace.get() if _rules_of(spec) else None
    doubts: list[str] = []
    for rule in _rules_of(spec):
        try:
            permissions = azure.access.permissions_at(rule.service_resource_id)
        except (AccessDenied, NotFound) as error:
            doubts.append(f"Not checked: the right to approve outbound rule {rule.name}: {error.message}")
        else:
            if missing_actions(permissions, [approval_of(rule.service_resource_id)]):
                raise _lacking("the identity of this run", azure.access.object_id(), rule)
        if workspace is None and not _is_in(rule.service_resource_id, target.resource_group_id):
            doubts.append(_for_new_workspace(target, rule))
    return (*doubts, *require_approvals(azure, workspace, spec))


def require_approvals(azure: Azure, workspace: Workspace | None, spec: WorkspaceSpec) -> tuple[str, ...]:
    """Require that the identity of a workspace may approve the connections of the spec's rules, or they stay inactive.

    Returns:
        Warnings: what could not be read.

    Raises:
        AccessDenied: With the command for the role that is missing.
    """
    if workspace is None or not workspace.principal_id:
        return ()
    doubts: list[str] = []
    for rule in _rules_of(spec):
        try:
            permissions = azure.identities.permissions_of(workspace.principal_id, rule.service_resource_id)
        except (AccessDenied, NotFound) as error:
            doubts.append(f"Not checked: whether the workspace may approve outbound rule {rule.name}: {error.message}")
            continue
        if missing_actions(permissions, [approval_of(rule.service_resource_id)]):
            raise _lacking(f"the identity of workspace {workspace.name}", workspace.principal_id, rule)
    return tuple(doubts)


def _rules_of(spec: WorkspaceSpec) -> list[PrivateEndpointRule]:
    return [rule for rule in spec.outbound_rules if isinstance(rule, PrivateEndpointRule)]


def _is_in(resource_id: str, group: str) -> bool:
    return resource_id.lower().startswith(f"{group.lower()}/")


def _lacking(who: str, principal: str, rule: PrivateEndpointRule) -> AccessDenied:
    needed, scope = approval_of(rule.service_resource_id), rule.service_resource_id
    return AccessDenied(
        f"outbound rule {rule.name} would stay inactive: {who} may not approve its private endpoint, it lacks {needed} "
        f"on {scope}",
        f"Ask an owner of it: {assignment(principal, role_for(needed), scope)}. Then run again; a new assignment takes "
        "up to ten minutes.",
    )


def _for_new_workspace(target: AzureTarget, rule: PrivateEndpointRule) -> str:
    shown = (
        f"$(az ml workspace show --name {target.workspace} --resource-group {target.resource_group} --query "
        "identity.principal_id --output tsv)"
    )
    role = role_for(approval_of(rule.service_resource_id))
    return (
        f"Outbound rule {rule.name} leads out of the workspace's resource group: once the workspace is created, its "
        f"identity needs {role!r} there, or the provisioning of the network stops and says so. "
        f"{assignment(shown, role, rule.service_resource_id)}"
    )
