"""Locks as resources: at a subscription, a resource group or a resource."""

from __future__ import annotations

from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.governance.locks import LOCKS
from deployments.emulator.http.routing import Route
from deployments.emulator.services.authorization.scopes import applies, scope_in
from deployments.emulator.services.scopes import at_every_scope
from deployments.emulator.state import parent_of

LEVELS = ("CanNotDelete", "ReadOnly")
ALL = f"/providers/{LOCKS}"
ONE = f"{ALL}/{{lock}}"


def routes() -> list[Route]:
    """Create, read, list and delete locks."""
    return [
        *at_every_scope("GET", ALL, _list),
        *at_every_scope("GET", ONE, _get),
        *at_every_scope("PUT", ONE, _put),
        *at_every_scope("DELETE", ONE, _delete),
    ]


def _list(call: Call) -> Answer:
    scope = scope_in(call)
    found = call.emulator.resources.of_type(LOCKS)
    return Answer(200, {"value": [one.body for one in found if applies(parent_of(one.id), scope)]})


def _get(call: Call) -> Answer:
    found = call.emulator.resources.get(call.path)
    if found is None:
        raise ArmError(404, "LockNotFound", f"The lock '{call.params['lock']}' could not be found.")
    return Answer(200, found.body)


def _put(call: Call) -> Answer:
    scope = scope_in(call)
    if scope.count("/") > 2:
        call.emulator.resources.require(scope)
    given = call.json().get("properties") or {}
    level = next((one for one in LEVELS if one.lower() == str(given.get("level")).lower()), None)
    if level is None:
        raise bad_request("InvalidLockLevel", f"The lock level '{given.get('level')}' is invalid.")
    properties = {"level": level, **({"notes": given["notes"]} if given.get("notes") else {})}
    is_new = call.emulator.resources.get(call.path) is None
    made = call.emulator.resources.create(f"{scope}{ALL}/{call.params['lock']}", {**properties, "scope": scope})
    return Answer(201 if is_new else 200, made.body)


def _delete(call: Call) -> Answer:
    return Answer(200 if call.emulator.removal.remove(call.path) else 204)
