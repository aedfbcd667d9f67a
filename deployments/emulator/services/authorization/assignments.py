"""Role assignments; a new one takes some time to count."""

from __future__ import annotations

from typing import Any

from deployments.emulator.errors import ArmError, bad_request, conflict
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.rights import Rights
from deployments.emulator.rights.evaluation import ASSIGNMENTS, DEFINITIONS
from deployments.emulator.services.authorization.definitions import assignable_scopes
from deployments.emulator.services.authorization.scopes import MARK, applies, scope_in
from deployments.emulator.services.scopes import at_every_scope
from deployments.emulator.state import Resource


def routes() -> list[Route]:
    """Role assignments at a subscription, a group or a resource."""
    one = f"{MARK}roleAssignments/{{assignment}}"
    return [
        *at_every_scope("GET", f"{MARK}roleAssignments", _list),
        *at_every_scope("GET", one, _get),
        *at_every_scope("PUT", one, _put),
        *at_every_scope("DELETE", one, _delete),
    ]


def _list(call: Call) -> Answer:
    """`atScope()` leaves out what is assigned below; `principalId eq` and `assignedTo()` keep one principal's."""
    scope, text = scope_in(call), call.query.get("$filter", "")
    found = [one for one in call.emulator.resources.of_type(ASSIGNMENTS) if applies(_scope(one), scope)]
    if "atscope()" in text.lower():
        found = [one for one in found if f"{scope.lower()}/".startswith(f"{_scope(one).lower().rstrip('/')}/")]
    wanted = text.partition("'")[2].partition("'")[0] if "'" in text else ""
    shown = [one.body for one in found if wanted in ("", one.properties["principalId"])]
    return Answer(200, {"value": shown})


def _scope(assignment: Resource) -> str:
    return str(assignment.properties["scope"])


def _get(call: Call) -> Answer:
    found = call.emulator.resources.get(call.path)
    if found is None:
        name = call.params["assignment"]
        raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{name}' is not found.")
    return Answer(200, found.body)


def _put(call: Call) -> Answer:
    given = call.json().get("properties") or {}
    missing = next((name for name in ("roleDefinitionId", "principalId") if not given.get(name)), None)
    if missing:
        raise bad_request("BadRequest", f"The request to create role assignment has no '{missing}'.")
    scope, rights = scope_in(call), call.emulator.part(Rights)
    _require_assignable(call, str(given["roleDefinitionId"]), scope)
    _refuse_existing(call, given, scope)
    shown = {name: str(given[name]) for name in ("principalType", "description") if given.get(name)}
    guid, delay = _guid(given), call.emulator.options.assignment_seconds
    made = rights.record(call.path, guid, str(given["principalId"]), delay=delay, **shown)
    return Answer(201, made.body)


def _guid(given: dict[str, Any]) -> str:
    return str(given["roleDefinitionId"]).rsplit("/", 1)[-1].lower()


def _require_assignable(call: Call, role_id: str, scope: str) -> None:
    guid = role_id.rsplit("/", 1)[-1].lower()
    if not call.emulator.part(Rights).role_permissions(role_id):
        raise ArmError(
            404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{guid}' does not exist."
        )
    places = [place for one in call.emulator.resources.named(DEFINITIONS, guid)[:1] for place in assignable_scopes(one)]
    at = f"{scope.lower()}/"
    if places and not any(at.startswith(f"{place.lower().rstrip('/')}/") for place in places):
        raise bad_request(
            "RoleAssignmentScopeNotAssignableToRoleDefinition",
            f"The role assignment scope '{scope}' is not assignable to the role definition '{guid}', whose assignable "
            f"scopes are: {','.join(places)}.",
        )


def _refuse_existing(call: Call, given: dict[str, Any], scope: str) -> None:
    """Azure knows an assignment by its principal, role and scope, whatever its name is."""
    guid = _guid(given)
    named = call.emulator.resources.get(call.path)
    for one in call.emulator.resources.of_type(ASSIGNMENTS):
        same = (
            one.properties["principalId"] == given["principalId"]
            and _scope(one).lower() == (scope.lower() or "/")
            and str(one.properties["roleDefinitionId"]).lower().endswith(guid)
        )
        if same:
            raise conflict("RoleAssignmentExists", f"The role assignment already exists. Its ID is {one.name}.")
    if named:
        raise ArmError(
            409,
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        )


def _delete(call: Call) -> Answer:
    found = call.emulator.resources.get(call.path)
    if found is None:
        return Answer(204)
    call.emulator.removal.remove(found.id)
    return Answer(200, found.body)
