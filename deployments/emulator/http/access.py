"""Role-based access control of the management plane."""

from __future__ import annotations

from collections.abc import Mapping

from deployments.emulator.core import Emulator
from deployments.emulator.directory import Principal
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Call
from deployments.emulator.http.routing import Route
from deployments.emulator.state import type_of

VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}


def authorize(call: Call, route: Route, principal: Principal) -> None:
    """Allow a call if the principal's role allows its action.

    Raises:
        ArmError: 403 AuthorizationFailed, in the resource manager's words; 404 SubscriptionNotFound.
    """
    scope = call.path.lower()
    _require_subscription(call)
    if not scope.startswith("/subscriptions/") or _allows(principal.role_at(scope), call.method):
        return
    if call.method == "GET" and scope.count("/") <= 2:
        return  # a subscription's own entry is readable with any role on anything in it
    raise refusal(call, principal, action_of(call, route))


def refusal(call: Call, principal: Principal, action: str) -> ArmError:
    """403 AuthorizationFailed: this principal may not take that action at the request's path."""
    return ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{principal.client_id}' with object id '{principal.object_id}' does not have authorization "
        f"to perform action '{action}' over scope '{call.path}' or the scope is invalid. "
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
    missing = {at: needed for at, needed in linked.items() if not _allows(principal.role_at(at), "POST")}
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


def subscriptions_of(emulator: Emulator) -> list[str]:
    """The ids of the tenant's subscriptions: the team's, and that of its hub where there is one."""
    setting = emulator.resources.setting
    return [one for one in (setting("subscription", str), setting("hub_subscription", str)) if one]


def _require_subscription(call: Call) -> None:
    scope, *ids = call.path.strip("/").split("/")[:2]
    if scope.lower() == "subscriptions" and ids and ids[0].lower() not in subscriptions_of(call.emulator):
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{ids[0]}' could not be found.")


def _allows(role: str, method: str) -> bool:
    return role in ("Owner", "Contributor") or (role == "Reader" and method in ("GET", "HEAD"))


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
