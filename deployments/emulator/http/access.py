"""Role-based access control of the management plane."""

from __future__ import annotations

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


def _require_subscription(call: Call) -> None:
    scope, *ids = call.path.strip("/").split("/")[:2]
    if (
        scope.lower() == "subscriptions"
        and ids
        and ids[0].lower() != call.emulator.resources.setting("subscription", str)
    ):
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
