"""Role-based access control of the management plane: the action that a request needs, and whether its caller has it."""

from __future__ import annotations

from collections.abc import Mapping

from deployments.emulator.core import Emulator
from deployments.emulator.directory import Principal
from deployments.emulator.errors import ArmError
from deployments.emulator.http import operation_addresses
from deployments.emulator.http.call import Call
from deployments.emulator.http.routing import Route
from deployments.emulator.rights import Rights
from deployments.emulator.state import type_of

VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}
ASSIGN_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"


def authorize(call: Call, route: Route, principal: Principal) -> None:
    """Allow a call if a role of the principal allows its action, or if it polls an operation that it has begun.

    Raises:
        ArmError: 403 AuthorizationFailed or LinkedAuthorizationFailed, in the resource manager's words; 404
            SubscriptionNotFound.
    """
    _require_subscription(call)
    if not call.path.lower().startswith("/subscriptions/"):
        return
    if route.polling:
        operation_addresses.require_beginner(call, principal)
        return
    action, scope = action_of(call, route), scope_of(call)
    if route.filtered and call.emulator.part(Rights).has_any_in(principal.object_id, scope):
        return  # the handler shows what the caller may read
    require(call.emulator, principal, action, scope)
    if call.method in ("PUT", "PATCH"):
        _require_identities(call, action, scope)


def require(emulator: Emulator, principal: Principal, action: str, scope: str) -> None:
    """Require an action of the caller at a scope.

    Raises:
        ArmError: 403 AuthorizationFailed.
    """
    if not allows(emulator, principal, action, scope):
        raise refusal(principal, action, scope)


def allows(emulator: Emulator, principal: Principal, action: str, scope: str) -> bool:
    """Return whether a principal may take an action at a scope, and note that it was asked for."""
    rights = emulator.part(Rights)
    rights.note(principal.object_id, action, scope)
    return rights.allows(principal.object_id, action, scope)


def allows_data(emulator: Emulator, principal: Principal, data_action: str, scope: str) -> bool:
    """Return whether a principal may take a data action at a scope, and note that it was asked for.

    Args:
        emulator: Whose roles.
        principal: The caller, e.g. of `directory.authenticate` with a data plane's audience.
        data_action: E.g. Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read.
        scope: The id of the resource, e.g. of the storage account or of a container in it.
    """
    rights = emulator.part(Rights)
    rights.note(principal.object_id, data_action, scope)
    return rights.allows_data(principal.object_id, data_action, scope)


def may_see(call: Call, resource_id: str, action: str) -> bool:
    """Return whether a list that the resource manager filters shows the caller a resource."""
    return call.principal is None or call.emulator.part(Rights).allows(call.principal.object_id, action, resource_id)


def refusal(principal: Principal, action: str, scope: str) -> ArmError:
    """403 AuthorizationFailed: this principal may not take that action at that scope."""
    return ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{principal.client_id}' with object id '{principal.object_id}' does not have authorization "
        f"to perform action '{action}' over scope '{scope}' or the scope is invalid. "
        "If access was recently granted, please refresh your credentials.",
    )


def require_linked(call: Call, action: str, scope: str, linked: Mapping[str, str]) -> None:
    """Allow a write that points at other resources if the principal may do so there, too.

    Args:
        call: The request.
        action: Its own action, e.g. Microsoft.Network/privateEndpoints/write.
        scope: The resource that is written.
        linked: The action that is needed, by the scope that it is needed at.

    Raises:
        ArmError: 403 LinkedAuthorizationFailed, with every action and scope that is missing.
    """
    principal = call.principal
    if principal is None:
        return
    missing = {at: needed for at, needed in linked.items() if not allows(call.emulator, principal, needed, at)}
    if missing:
        actions = ",".join(dict.fromkeys(missing.values()))
        raise ArmError(
            403,
            "LinkedAuthorizationFailed",
            f"The client '{principal.client_id}' with object id '{principal.object_id}' has permission to perform "
            f"action '{action}' on scope '{scope}'; however, it does not have permission to perform action(s) "
            f"'{actions}' on the linked scope(s) '{','.join(missing)}' (respectively) or the linked scope(s) are "
            "invalid.",
        )


def _require_identities(call: Call, action: str, scope: str) -> None:
    """Require the right to assign every user-assigned identity that a resource's body names."""
    if b"userassignedidentities" not in call.body.lower():
        return
    identity = call.json().get("identity")
    given = identity.get("userAssignedIdentities") if isinstance(identity, dict) else None
    if isinstance(given, dict):
        require_linked(call, action, scope, dict.fromkeys(given, ASSIGN_IDENTITY))


def subscriptions_of(emulator: Emulator) -> list[str]:
    """The ids of the tenant's subscriptions: the team's, and that of its hub where there is one."""
    setting = emulator.resources.setting
    return [one for one in (setting("subscription", str), setting("hub_subscription", str)) if one]


def _require_subscription(call: Call) -> None:
    scope, *ids = call.path.strip("/").split("/")[:2]
    if scope.lower() == "subscriptions" and ids and ids[0].lower() not in subscriptions_of(call.emulator):
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{ids[0]}' could not be found.")


def action_of(call: Call, route: Route) -> str:
    """The action's name, e.g. Microsoft.MachineLearningServices/workspaces/write."""
    if route.action:
        return route.action
    path = call.path.rstrip("/")
    if call.method == "POST":
        path, _, verb = path.rpartition("/")
        return f"{type_of(path)}/{verb}/action"
    kind = type_of(path) or "Microsoft.Resources/subscriptions/resourceGroups"
    return f"{kind}/{VERBS[call.method]}"


def scope_of(call: Call) -> str:
    """The resource that a request's action is taken at: a list's is what it hangs on, an action's what it acts on."""
    path = call.path.rstrip("/")
    if call.method == "POST":
        return path.rpartition("/")[0]
    head, marker, rest = path.rpartition("/providers/")
    if not marker:
        return path if path.count("/") % 2 == 0 else path.rpartition("/")[0]
    parts = rest.split("/")
    if len(parts) <= 2:
        return head
    return path if len(parts) % 2 else path.rpartition("/")[0]
