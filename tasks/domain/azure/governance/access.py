"""Permissions of an identity at a scope, and the role assignments that give what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import BaseModel

from tasks.domain.common.commands import argument

JOIN_SUBNET: Final = "Microsoft.Network/virtualNetworks/subnets/join/action"
JOIN_NETWORK: Final = "Microsoft.Network/virtualNetworks/join/action"
JOIN_ZONE: Final = "Microsoft.Network/privateDnsZones/join/action"
APPROVE: Final = "Microsoft.MachineLearningServices/workspaces/privateEndpointConnectionsApproval/action"
APPROVE_STORAGE: Final = "Microsoft.Storage/storageAccounts/PrivateEndpointConnectionsApproval/action"
UNKNOWN_IDENTITY: Final = "OBJECT_ID_OF_THE_IDENTITY"

# The built-in role that gives an action, the smallest first. A custom role with the action alone is enough, too.
# Sources: learn.microsoft.com/azure/private-link/rbac-permissions, …/role-based-access-control/built-in-roles
_ROLES: Final = (
    (r"microsoft\.network/privatednszones/.*", "Private DNS Zone Contributor"),
    (r"microsoft\.network/.*/read", "Reader"),
    (r"microsoft\.network/.*", "Network Contributor"),
    (r"microsoft\.storage/.*/privateendpointconnectionsapproval/action", "Storage Account Contributor"),
    (r".*/privateendpointconnections(approval/action|/write)", "Azure AI Enterprise Network Connection Approver"),
    (r"microsoft\.managedidentity/userassignedidentities/.*/?assign/action", "Managed Identity Operator"),
    (r"microsoft\.authorization/.*/(write|delete)", "User Access Administrator"),
    (r"microsoft\.(operationalinsights/workspaces/query|insights/logs)/.*", "Log Analytics Reader"),
    (r"microsoft\.insights/metrics/read", "Monitoring Reader"),
    (r".*/read", "Reader"),
    (
        r"microsoft\.machinelearningservices/workspaces/(onlineendpoints|codes|models|environments|datastores)/.*",
        "AzureML Data Scientist",
    ),
    (r".*", "Contributor"),
)
_REFUSAL: Final = re.compile(
    r"object id '(?P<who>[^']+)'.*perform action(?:\(s\))? '(?P<actions>[^']+)' "
    r"(?:on the linked scope\(s\)|over scope) '(?P<scopes>[^']+)'",
    re.IGNORECASE | re.DOTALL,
)


class Permission(BaseModel, frozen=True):
    """One role's actions and exceptions; ``*`` stands for anything. Those on data are apart: ``*`` in `actions`
    gives none of them."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Return whether this role alone allows the action."""
        return _matches(self.actions, action) and not _matches(self.not_actions, action)

    def allows_data(self, action: str) -> bool:
        """Return whether this role alone allows the action on data."""
        return _matches(self.data_actions, action) and not _matches(self.not_data_actions, action)


def missing_actions(permissions: tuple[Permission, ...], needed: Iterable[str]) -> tuple[str, ...]:
    """Return the needed actions that no role allows. An exception in one role doesn't restrict another.

    Source: learn.microsoft.com/azure/role-based-access-control/role-definitions
    """
    return tuple(a for a in needed if not any(p.allows(a) for p in permissions))


def missing_data_actions(permissions: tuple[Permission, ...], needed: tuple[str, ...]) -> tuple[str, ...]:
    """Return the needed actions on data that no role allows."""
    return tuple(a for a in needed if not any(p.allows_data(a) for p in permissions))


def _matches(patterns: tuple[str, ...], action: str) -> bool:
    """Match as Azure does; ``/*/`` also stands for a single slash: AzureML Data Scientist may read its workspace."""
    return any(
        re.fullmatch(re.escape(p).replace(r"/\*/", "/(?:.*/)?").replace(r"\*", ".*"), action, re.IGNORECASE)
        for p in patterns
    )


def approval_of(resource_id: str) -> str:
    """Return the action that approves a managed network's private endpoint at a resource."""
    kind = "/".join(resource_id.rsplit("/providers/", maxsplit=1)[-1].split("/")[:2])
    at_storage = kind.lower() == "microsoft.storage/storageaccounts"
    return f"{kind}/{'privateEndpointConnections/write' if at_storage else 'privateEndpointConnectionsApproval/action'}"


def role_for(action: str) -> str:
    """Return the smallest built-in role that gives an action."""
    return next(role for pattern, role in _ROLES if re.fullmatch(pattern, action, re.IGNORECASE))


def refusal_advice(message: str) -> str:
    """Return the role assignments that an AuthorizationFailed or LinkedAuthorizationFailed asks for.

    Empty where the message names no action, scope or principal.
    """
    found = _REFUSAL.search(message)
    if found is None:
        return ""
    actions, scopes = found["actions"].split(","), found["scopes"].split(",")
    pairs = zip(scopes, actions if len(actions) == len(scopes) else actions * len(scopes), strict=False)
    return advice_on(list(pairs), found["who"])


def advice_on(missing: Sequence[tuple[str, str]], who: str) -> str:
    """Return the role assignments that give a principal what it is missing: pairs of a scope and an action."""
    commands = dict.fromkeys(assignment(who, role_for(action), scope) for scope, action in missing)
    needed = ", ".join(dict.fromkeys(action for _, action in missing))
    leave = " Or set approval_message, and somebody else approves the connection." if _asks(missing) else ""
    return f"Ask an owner of these scopes for {needed}: {'; '.join(commands)}.{leave} A new assignment takes minutes."


def assignment(who: str, role: str, scope: str) -> str:
    """Return the command that assigns a role to a principal."""
    return (
        f"az role assignment create --assignee-object-id {argument(who)} --assignee-principal-type ServicePrincipal "
        f"--role {role!r} --scope {argument(scope)}"
    )


def _asks(missing: Sequence[tuple[str, str]]) -> bool:
    return any(action.lower() == APPROVE.lower() for _, action in missing)
