"""Resource groups; deleting one deletes all that is in it."""

from __future__ import annotations

import re
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError, bad_request, conflict, not_found
from deployments.emulator.http.access import may_see
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.governance import locks
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import RUNNING, Operation
from deployments.emulator.services import polling
from deployments.emulator.services.resources.subscriptions import REGIONS, region_named
from deployments.emulator.state import Resource

TYPE = "Microsoft.Resources/resourceGroups"
GROUPS = "/subscriptions/{subscription}/resourceGroups"
GROUP = GROUPS + "/{group}"
READ = "Microsoft.Resources/subscriptions/resourceGroups/read"
NAME = re.compile(r"[-\w.()]{0,89}[-\w()]")


def routes() -> list[Route]:
    """Return the routes of resource groups, and of the progress of their deletion."""
    return [
        Route("GET", GROUPS, _list, action=READ, filtered=True),
        Route("HEAD", GROUP, _head),
        Route("GET", GROUP, _get),
        Route("PUT", GROUP, _put),
        Route("PATCH", GROUP, _patch),
        Route("DELETE", GROUP, _delete),
        Route("GET", "/subscriptions/{subscription}/operationresults/{operation}", _deletion, polling=True),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how a deletion ends."""
    emulator.operations.completes("resource_group.delete", _deleted, failed=_kept)


def group_id(call: Call) -> str:
    """The id of the resource group in a request's path, spelled as Azure does."""
    return f"/subscriptions/{call.params['subscription']}/resourceGroups/{call.params['group']}"


def require_group(emulator: Emulator, resource_id: str, *, writing: bool = False) -> Resource:
    """The resource group that a resource is in.

    Raises:
        ArmError: 404 ResourceGroupNotFound; 409 ResourceGroupBeingDeleted, where it is to be written into.
    """
    group = emulator.resources.require("/".join(resource_id.split("/")[:5]))
    if writing and group.properties.get("provisioningState") == "Deleting":
        raise conflict(
            "ResourceGroupBeingDeleted",
            f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation.",
        )
    return group


def make_group(emulator: Emulator, identity: str, location: str, tags: dict[str, str] | None) -> Resource:
    """Create or replace a resource group."""
    body: dict[str, Any] = {"id": identity, "name": identity.rsplit("/", 1)[-1], "type": TYPE, "location": location}
    body |= {"tags": tags} if tags is not None else {}
    return emulator.resources.put(identity, {**body, "properties": {"provisioningState": "Succeeded"}})


def _list(call: Call) -> Answer:
    groups = [one for one in call.emulator.resources.members(call.path) if may_see(call, one.id, READ)]
    return Answer(200, {"value": [group.body for group in groups]})


def _head(call: Call) -> Answer:
    return Answer(204 if call.emulator.resources.get(call.path) else 404)


def _get(call: Call) -> Answer:
    return Answer(200, call.emulator.resources.require(call.path).body)


def _put(call: Call) -> Answer:
    document = call.json()
    _check_name(call.path.rsplit("/", 1)[-1])
    existing = call.emulator.resources.get(call.path)
    location = _location(document)
    if existing is None:
        return Answer(201, make_group(call.emulator, group_id(call), location, document.get("tags")).body)
    require_group(call.emulator, call.path, writing=True)
    if existing.body["location"] != location:
        raise conflict(
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. "
            f"The Resource group already exists in location '{existing.body['location']}'.",
        )
    return Answer(200, make_group(call.emulator, existing.id, location, document.get("tags")).body)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise bad_request(
            "InvalidResourceGroup",
            f"The provided resource group name {name!r} is invalid. The name can only be 1 to 90 letters, digits, "
            "'-', '.', '(', ')' or '_', and cannot end with '.'.",
        )


def _location(document: dict[str, Any]) -> str:
    given = document.get("location")
    if not given:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    location = region_named(given)
    if not location:
        raise bad_request(
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{given}' is not available for resource group. "
            f"List of available regions is '{','.join(REGIONS)}'.",
        )
    return location


def _patch(call: Call) -> Answer:
    group = require_group(call.emulator, call.path, writing=True)
    document = call.json()
    if "tags" in document:
        group.body["tags"] = document["tags"]
        call.emulator.resources.save(group)
    return Answer(200, group.body)


def _delete(call: Call) -> Answer:
    group = call.emulator.resources.require(call.path)
    operation = call.emulator.operations.on(group.id)
    if operation is None:
        operation = call.emulator.operations.start("resource_group.delete", group.id)
        group.properties["provisioningState"] = "Deleting"
        call.emulator.resources.save(group)
    return Answer(202, None, polling.waiting_headers(result_url=_address(call, operation)))


def _address(call: Call, operation: Operation) -> str:
    base = f"https://{call.host}/subscriptions/{call.params['subscription']}"
    return f"{base}/operationresults/{operation.id}?api-version={call.api_version}"


def _deletion(call: Call) -> Answer:
    operation = call.emulator.operations.get(call.params["operation"])
    if operation is None:
        raise not_found(call.path)
    if operation.status == RUNNING:
        return Answer(202, None, polling.waiting_headers(result_url=_address(call, operation)))
    if operation.error:
        raise ArmError(409, operation.error["code"], operation.error["message"])
    return Answer(200)


def _deleted(emulator: Emulator, operation: Operation) -> None:
    """Remove what is in a group, then the group.

    Raises:
        ArmError: 409 ScopeLocked, where a lock keeps a member; the others are gone then.
    """
    # The operation is on the group itself: it must not be cancelled by what it does.
    locked = locks.locked_below(emulator.resources, operation.resource_id)
    for resource in list(emulator.resources.below(operation.resource_id)):
        if not locks.keeps(locked, resource.id):
            emulator.removal.remove(resource.id)
    if locked:
        raise locks.refusal(operation.resource_id, "delete", locked)
    emulator.resources.delete(operation.resource_id)


def _kept(emulator: Emulator, operation: Operation) -> None:
    group = emulator.resources.get(operation.resource_id)
    if group:
        group.properties["provisioningState"] = "Succeeded"
        emulator.resources.save(group)
