"""Permissions of an identity in a scope, computed from Azure's lists of allowed actions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from tasks.domain.common.commands import argument

# The actions that the lifecycle needs in the resource group; Contributor has them all.
LIFECYCLE_ACTIONS: Final = (
    "Microsoft.Resources/deployments/write",
    "Microsoft.MachineLearningServices/workspaces/write",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/delete",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/listKeys/action",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/write",
)


class Permission(BaseModel, frozen=True):
    """One role's actions and exceptions; ``*`` stands for anything."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Return whether this role alone allows the action."""
        return _matches(self.actions, action) and not _matches(self.not_actions, action)


def missing_actions(
    permissions: tuple[Permission, ...], needed: tuple[str, ...] = LIFECYCLE_ACTIONS
) -> tuple[str, ...]:
    """Return the needed actions that no role allows. An exception in one role doesn't restrict another.

    Source: learn.microsoft.com/azure/role-based-access-control/role-definitions
    """
    return tuple(a for a in needed if not any(p.allows(a) for p in permissions))


def _matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(re.fullmatch(re.escape(p).replace(r"\*", ".*"), action, re.IGNORECASE) for p in patterns)


JOIN_SUBNET: Final = "Microsoft.Network/virtualNetworks/subnets/join/action"
JOIN_NETWORK: Final = "Microsoft.Network/virtualNetworks/join/action"
JOIN_ZONE: Final = "Microsoft.Network/privateDnsZones/join/action"
APPROVE: Final = "Microsoft.MachineLearningServices/workspaces/privateEndpointConnectionsApproval/action"

# learn.microsoft.com/azure/private-link/rbac-permissions; a custom role with the action alone is enough, too.
_ROLES: Final = {
    JOIN_SUBNET.lower(): "Network Contributor",
    JOIN_NETWORK.lower(): "Network Contributor",
    JOIN_ZONE.lower(): "Private DNS Zone Contributor",
    APPROVE.lower(): "Azure AI Enterprise Network Connection Approver",
    "microsoft.managedidentity/userassignedidentities/assign/action": "Managed Identity Operator",
}
_REFUSAL: Final = re.compile(
    r"object id '(?P<who>[^']+)'.*perform action(?:\(s\))? '(?P<actions>[^']+)' on the linked scope\(s\) "
    r"'(?P<scopes>[^']+)'",
    re.IGNORECASE | re.DOTALL,
)


def role_for(action: str) -> str:
    """The built-in role that gives an action, or a name for a custom one."""
    return _ROLES.get(action.lower(), f"custom role with {action}")


def linked_advice(message: str) -> str:
    """The role assignments that Azure's LinkedAuthorizationFailed asks for; empty where it can't be read."""
    found = _REFUSAL.search(message)
    if found is None:
        return ""
    actions, scopes = found["actions"].split(","), found["scopes"].split(",")
    pairs = dict(zip(scopes, actions if len(actions) == len(scopes) else actions * len(scopes), strict=False))
    return advice_on(pairs, found["who"])


def advice_on(missing: Mapping[str, str], who: str) -> str:
    """The role assignments that give a principal the missing actions, by scope."""
    commands = [
        f"az role assignment create --assignee-object-id {who} --assignee-principal-type ServicePrincipal "
        f"--role {role_for(action)!r} --scope {argument(scope)}"
        for scope, action in missing.items()
    ]
    needed = ", ".join(dict.fromkeys(missing.values()))
    leave = " Or set approval_message, and somebody else approves the connection." if _asks(missing) else ""
    return f"Ask an owner of these scopes for {needed}: {'; '.join(commands)}.{leave} A new assignment takes minutes."


def _asks(missing: Mapping[str, str]) -> bool:
    return any(action.lower() == APPROVE.lower() for action in missing.values())
