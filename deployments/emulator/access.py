"""Role-based access control of the management plane."""

from __future__ import annotations

from deployments.emulator.errors import ArmError
from deployments.emulator.http import Call
from deployments.emulator.routing import Route
from deployments.emulator.services.identity import Principal
from deployments.emulator.state import type_of

VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}


def authorize(call: Call, route: Route, principal: Principal) -> None:
    """Let a call pass if the principal's role allows its action.

    Raises:
        ArmError: 403 AuthorizationFailed, in the resource manager's words.
    """
    scope = call.path.lower()
    if not scope.startswith("/subscriptions/") or _allows(principal.role_at(scope), call.method):
        return
    if call.method == "GET" and scope.count("/") <= 2:
        return  # a subscription's own entry is readable with any role on anything in it
    raise ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{principal.client_id}' with object id '{principal.object_id}' does not have authorization "
        f"to perform action '{action_of(call, route)}' over scope '{call.path}' or the scope is invalid. "
        "If access was recently granted, please refresh your credentials.",
    )


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
