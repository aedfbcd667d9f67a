"""Role definitions: the built-in ones, and custom roles, which belong to the tenant and name their scopes."""

from __future__ import annotations

import re
from typing import Any

from deployments.emulator.errors import ArmError, bad_request, conflict
from deployments.emulator.http.access import require
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.rights.built_in import ROLES, BuiltInRole
from deployments.emulator.rights.evaluation import ASSIGNMENTS, DEFINITIONS
from deployments.emulator.services.authorization.operations import is_registered
from deployments.emulator.services.authorization.scopes import MARK, applies, filter_of, scope_in
from deployments.emulator.services.scopes import at_every_scope
from deployments.emulator.state import Resource

TENANT = f"/providers/{DEFINITIONS}"
PLACE = re.compile(r"/subscriptions/[-\w]+(/resourceGroups/[-\w.()]+)?/?", re.IGNORECASE)


def routes() -> list[Route]:
    """Definitions at every scope; those of the tenant are only read."""
    one = f"{MARK}roleDefinitions/{{role}}"
    return [
        Route("GET", TENANT, _list),
        Route("GET", f"{TENANT}/{{role}}", _get),
        *at_every_scope("GET", f"{MARK}roleDefinitions", _list),
        *at_every_scope("GET", one, _get),
        *at_every_scope("PUT", one, _put),
        *at_every_scope("DELETE", one, _delete),
    ]


def assignable_scopes(definition: Resource) -> list[str]:
    """Return where a custom role may be assigned."""
    return [str(place) for place in definition.properties["assignableScopes"]]


def _built_in(role: BuiltInRole, prefix: str) -> dict[str, Any]:
    properties = {
        "roleName": role.name,
        "type": "BuiltInRole",
        "description": "",
        "assignableScopes": ["/"],
        "permissions": [role.permission.document()],
    }
    return {"id": f"{prefix}{TENANT}/{role.guid}", "type": DEFINITIONS, "name": role.guid, "properties": properties}


def _shown(definition: Resource, prefix: str) -> dict[str, Any]:
    return {**definition.body, "id": f"{prefix}{TENANT}/{definition.name}"}


def _prefix(scope: str) -> str:
    """Definitions are shown as the subscription's, at whatever scope in it they are read."""
    return "/".join(scope.split("/")[:3])


def _list(call: Call) -> Answer:
    scope = scope_in(call)
    custom = [
        one
        for one in call.emulator.resources.of_type(DEFINITIONS)
        if not scope or any(applies(place, scope) for place in assignable_scopes(one))
    ]
    prefix = _prefix(scope)
    found = [_built_in(role, prefix) for role in ROLES.values()] + [_shown(one, prefix) for one in custom]
    field, wanted = filter_of(call)
    names = {"rolename": "roleName", "type": "type"}
    if field in names:
        found = [one for one in found if one["properties"][names[field]].lower() == wanted.lower()]
    return Answer(200, {"value": found})


def _get(call: Call) -> Answer:
    guid, prefix = call.params["role"].lower(), _prefix(scope_in(call))
    if guid in ROLES:
        return Answer(200, _built_in(ROLES[guid], prefix))
    return Answer(200, _shown(_require(call, guid), prefix))


def _require(call: Call, guid: str) -> Resource:
    found = call.emulator.resources.get(f"{TENANT}/{guid}")
    if found is None:
        raise ArmError(
            404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{guid}' does not exist."
        )
    return found


def _put(call: Call) -> Answer:
    guid, given = call.params["role"].lower(), call.json().get("properties") or {}
    name = str(given.get("roleName") or "")
    places = [str(place) for place in given.get("assignableScopes") or []]
    permissions = [_permission(one) for one in given.get("permissions") or []]
    if not name or not permissions:
        raise bad_request("InvalidRoleDefinition", "A role definition needs a role name and permissions.")
    if guid in ROLES:
        raise ArmError(403, "RoleDefinitionUpdateNotPermitted", f"The built-in role '{guid}' can't be changed.")
    _require_places(call, places)
    _refuse_same_name(call, guid, name)
    now = call.emulator.clock.timestamp()
    existing = call.emulator.resources.get(f"{TENANT}/{guid}")
    properties = {
        "roleName": name,
        "type": "CustomRole",
        "description": str(given.get("description") or ""),
        "assignableScopes": places,
        "permissions": permissions,
        "createdOn": existing.properties["createdOn"] if existing else now,
        "updatedOn": now,
    }
    made = call.emulator.resources.create(f"{TENANT}/{guid}", properties)
    return Answer(201, _shown(made, _prefix(scope_in(call))))


def _permission(given: dict[str, Any]) -> dict[str, list[str]]:
    """Return a permission in full.

    Raises:
        ArmError: 400 InvalidActionOrNotAction, which refuses the whole role for one action that no provider has.
    """
    names = ("actions", "notActions", "dataActions", "notDataActions")
    whole = {name: [str(one) for one in given.get(name) or []] for name in names}
    for name, actions in whole.items():
        wrong = next((one for one in actions if not is_registered(one)), None)
        if wrong:
            code = "InvalidDataActionOrNotDataAction" if "ata" in name else "InvalidActionOrNotAction"
            raise bad_request(code, f"'{wrong}' does not match any of the actions supported by the providers.")
    return whole


def _require_places(call: Call, places: list[str]) -> None:
    """Require assignable scopes of this tenant, with the right to define roles at each."""
    known = [place for place in places if PLACE.fullmatch(place)]
    if not places or len(known) != len(places):
        raise bad_request(
            "InvalidAssignableScopes",
            f"The assignable scopes of a custom role must be subscriptions or resource groups: '{','.join(places)}'.",
        )
    if call.principal:
        for place in places:
            require(call.emulator, call.principal, f"{DEFINITIONS}/write", place)


def _refuse_same_name(call: Call, guid: str, name: str) -> None:
    others = [one for one in call.emulator.resources.of_type(DEFINITIONS) if one.name.lower() != guid]
    taken = {str(one.properties["roleName"]).lower() for one in others} | {one.name.lower() for one in ROLES.values()}
    if name.lower() in taken:
        raise conflict(
            "RoleDefinitionWithSameNameExists",
            f"A custom role with the same name already exists in this directory. Use a different name: '{name}'.",
        )


def _delete(call: Call) -> Answer:
    guid = call.params["role"].lower()
    found = call.emulator.resources.get(f"{TENANT}/{guid}")
    if found is None:
        return Answer(204)
    assigned = call.emulator.resources.of_type(ASSIGNMENTS)
    if any(str(one.properties["roleDefinitionId"]).lower().endswith(guid) for one in assigned):
        raise conflict(
            "RoleDefinitionHasAssignments",
            f"There are existing role assignments referencing role '{guid}'.",
        )
    call.emulator.removal.remove(found.id)
    return Answer(200, _shown(found, _prefix(scope_in(call))))
