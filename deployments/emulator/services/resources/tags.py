"""The tags of any resource or group, written without a right on the resource itself."""

from __future__ import annotations

from typing import Any

from deployments.emulator.errors import bad_request
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.scopes import at_every_scope
from deployments.emulator.state import Resource

TAGS = "Microsoft.Resources/tags"
PATH = f"/providers/{TAGS}/default"
OPERATIONS = ("Merge", "Replace", "Delete")


def routes() -> list[Route]:
    """Read and change the tags at a scope."""
    return [*at_every_scope("GET", PATH, _get), *at_every_scope("PATCH", PATH, _patch)]


def _tagged(call: Call) -> Resource:
    return call.emulator.resources.require(call.path.rpartition("/providers/")[0])


def _get(call: Call) -> Answer:
    return Answer(200, _document(_tagged(call)))


def _patch(call: Call) -> Answer:
    resource, request = _tagged(call), call.json()
    operation = str(request.get("operation", "")).capitalize()
    if operation not in OPERATIONS:
        raise bad_request("InvalidTagsOperation", f"The operation '{operation}' is not one of {', '.join(OPERATIONS)}.")
    given: dict[str, str] = (request.get("properties") or {}).get("tags") or {}
    names = {name.lower() for name in given}
    kept = {name: value for name, value in (resource.body.get("tags") or {}).items() if name.lower() not in names}
    resource.body["tags"] = {"Merge": {**kept, **given}, "Replace": given, "Delete": kept}[operation]
    call.emulator.resources.save(resource)
    return Answer(200, _document(resource))


def _document(resource: Resource) -> dict[str, Any]:
    identity = f"{resource.id}{PATH}"
    return {"id": identity, "name": "default", "type": TAGS, "properties": {"tags": resource.body.get("tags") or {}}}
