"""Role assignments, and the caller's permissions at a scope."""

from __future__ import annotations

from typing import Any

from deployments.emulator.errors import ArmError, bad_request, conflict
from deployments.emulator.http.access import refusal
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.scopes import at_every_scope
from deployments.emulator.state import Resource

MARK = "/providers/Microsoft.Authorization/"
ROLES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
}
PERMISSIONS: dict[str, list[dict[str, Any]]] = {
    "Owner": [{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}],
    "Contributor": [
        {
            "actions": ["*"],
            "notActions": [
                "Microsoft.Authorization/*/Delete",
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/elevateAccess/Action",
            ],
            "dataActions": [],
            "notDataActions": [],
        }
    ],
    "Reader": [{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}],
    "None": [],
}


def routes() -> list[Route]:
    """Role assignments and permissions at a subscription, a group or a resource."""
    return [
        *at_every_scope("GET", MARK + "permissions", _permissions),
        *at_every_scope("GET", MARK + "roleAssignments", _list),
        *at_every_scope("GET", MARK + "roleAssignments/{assignment}", _get),
        *at_every_scope("PUT", MARK + "roleAssignments/{assignment}", _put),
        *at_every_scope("DELETE", MARK + "roleAssignments/{assignment}", _delete),
    ]


def scope_of(call: Call) -> str:
    """The scope that an extension resource in a request's path hangs on."""
    return call.path[: call.path.lower().rindex(MARK.lower())]


def _permissions(call: Call) -> Answer:
    role = call.principal.role_at(scope_of(call)) if call.principal else "None"
    return Answer(200, {"value": PERMISSIONS[role]})


def _list(call: Call) -> Answer:
    assignments = call.emulator.resources.of_type("Microsoft.Authorization/roleAssignments")
    scope = f"{scope_of(call).lower()}/"
    return Answer(200, {"value": [a.body for a in assignments if applies(a, scope)]})


def applies(assignment: Resource, scope: str) -> bool:
    """Whether an extension resource is at, above or below a scope, which is given in lower case with a slash behind."""
    own = str(assignment.properties["scope"]).lower() + "/"
    return scope.startswith(own) or own.startswith(scope)


def _get(call: Call) -> Answer:
    found = call.emulator.resources.get(call.path)
    if found is None:
        name = call.params["assignment"]
        raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{name}' is not found.")
    return Answer(200, found.body)


def _put(call: Call) -> Answer:
    require_owner(call, "Microsoft.Authorization/roleAssignments/write")
    given = call.json().get("properties") or {}
    missing = next((name for name in ("roleDefinitionId", "principalId") if not given.get(name)), None)
    if missing:
        raise bad_request("BadRequest", f"The request to create role assignment has no '{missing}'.")
    existing = call.emulator.resources.get(call.path)
    if existing:
        return _again(existing, given)
    now = call.emulator.clock.timestamp()
    properties = {
        **given,
        "principalType": given.get("principalType", "ServicePrincipal"),
        "scope": scope_of(call),
        "createdOn": now,
        "updatedOn": now,
    }
    body = {
        "properties": properties,
        "id": call.path,
        "type": "Microsoft.Authorization/roleAssignments",
        "name": call.params["assignment"],
    }
    _grant(call, properties)
    return Answer(201, call.emulator.resources.put(call.path, body).body)


def _again(existing: Resource, given: dict[str, Any]) -> Answer:
    same = all(existing.properties[name] == given[name] for name in ("roleDefinitionId", "principalId"))
    if not same:
        raise ArmError(
            409,
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        )
    raise conflict("RoleAssignmentExists", f"The role assignment already exists. Its ID is {existing.name}.")


def _grant(call: Call, properties: dict[str, Any]) -> None:
    role = ROLES.get(str(properties["roleDefinitionId"]).rsplit("/", 1)[-1].lower())
    if role:
        call.emulator.directory.grant(properties["principalId"], properties["scope"], role)


def _delete(call: Call) -> Answer:
    require_owner(call, "Microsoft.Authorization/roleAssignments/delete")
    found = call.emulator.resources.get(call.path)
    if found is None:
        return Answer(204)
    call.emulator.removal.remove(found.id)
    call.emulator.directory.grant(found.properties["principalId"], found.properties["scope"], "")
    return Answer(200, found.body)


def require_owner(call: Call, action: str) -> None:
    """Refuse Contributors, who manage everything but access, locks and policies."""
    if call.principal and call.principal.role_at(scope_of(call)) != "Owner":
        raise refusal(call, call.principal, action)
