"""Azure Policy: assignments at a subscription, a resource group or a resource, and the definitions that they name."""

from __future__ import annotations

from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.governance.definitions import BUILT_IN, DEFINITIONS
from deployments.emulator.http.governance.policies import ASSIGNMENTS, definition_of
from deployments.emulator.http.routing import Route
from deployments.emulator.services.authorization.scopes import applies, scope_in
from deployments.emulator.services.scopes import at_every_scope
from deployments.emulator.state import parent_of

ALL = f"/providers/{ASSIGNMENTS}"
ONE = f"{ALL}/{{assignment}}"
OWN = "/subscriptions/{subscription}" + DEFINITIONS


def routes() -> list[Route]:
    """Assignments at every scope; definitions, built in and of a subscription's own."""
    return [
        *at_every_scope("GET", ALL, _list),
        *at_every_scope("GET", ONE, _get),
        *at_every_scope("PUT", ONE, _put),
        *at_every_scope("DELETE", ONE, _delete),
        Route("GET", DEFINITIONS, lambda _: Answer(200, {"value": list(BUILT_IN.values())})),
        Route("GET", DEFINITIONS + "/{definition}", _definition),
        Route("GET", OWN + "/{definition}", _definition),
        Route("PUT", OWN + "/{definition}", _define),
    ]


def _list(call: Call) -> Answer:
    scope = scope_in(call)
    found = call.emulator.resources.of_type(ASSIGNMENTS)
    return Answer(200, {"value": [one.body for one in found if applies(parent_of(one.id), scope)]})


def _get(call: Call) -> Answer:
    found = call.emulator.resources.get(call.path)
    if found is None:
        name = call.params["assignment"]
        raise ArmError(404, "PolicyAssignmentNotFound", f"The policy assignment '{name}' is not found.")
    return Answer(200, found.body)


def _put(call: Call) -> Answer:
    given = call.json().get("properties") or {}
    identity = str(given.get("policyDefinitionId") or "")
    if "/policysetdefinitions/" in identity.lower():
        raise ArmError(501, "NotImplementedByEmulator", "The emulator serves assignments of single definitions only.")
    definition = definition_of(call.emulator, identity)
    if definition is None:
        name = identity.rsplit("/", 1)[-1]
        raise ArmError(404, "PolicyDefinitionNotFound", f"The policy definition '{name}' could not be found.")
    _check_parameters(call.params["assignment"], definition["properties"]["parameters"], given.get("parameters") or {})
    scope = scope_in(call)
    properties = {"displayName": call.params["assignment"], "enforcementMode": "Default", **given, "scope": scope}
    made = call.emulator.resources.create(f"{scope}{ALL}/{call.params['assignment']}", properties)
    return Answer(201, made.body)


def _check_parameters(name: str, declared: dict[str, dict[str, object]], given: dict[str, object]) -> None:
    missing = [one for one, how in declared.items() if "defaultValue" not in how and one not in given]
    if missing:
        raise bad_request(
            "MissingPolicyParameter",
            f"The policy assignment '{name}' is missing the parameter(s) '{','.join(missing)}' as defined in the "
            "policy definition.",
        )


def _delete(call: Call) -> Answer:
    found = call.emulator.resources.get(call.path)
    call.emulator.removal.remove(call.path)
    return Answer(200, found.body) if found else Answer(204)


def _definition(call: Call) -> Answer:
    found = definition_of(call.emulator, call.path)
    if found is None:
        name = call.params["definition"]
        raise ArmError(404, "PolicyDefinitionNotFound", f"The policy definition '{name}' could not be found.")
    return Answer(200, found)


def _define(call: Call) -> Answer:
    name = call.params["definition"]
    defaults = {"displayName": name, "policyType": "Custom", "mode": "Indexed", "parameters": {}}
    properties = {**defaults, **(call.json().get("properties") or {})}
    return Answer(201, call.emulator.resources.create(call.path, properties).body)
