"""Computes of a workspace: known by name, so that images count as built on them; nothing runs."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.machine_learning import settling, waiting
from deployments.emulator.services.machine_learning.ids import WORKSPACE, author, location_of, workspace_of
from deployments.emulator.services.machine_learning.paging import page
from deployments.emulator.services.machine_learning.vm_sizes import SIZES
from deployments.emulator.services.machine_learning.workspaces.body import stamp
from deployments.emulator.state import Resource

COMPUTES = WORKSPACE + "/computes"
COMPUTE = COMPUTES + "/{compute}"
TYPE = "Microsoft.MachineLearningServices/workspaces/computes"
CREATE, DELETE = "compute.create", "compute.delete"
KINDS = ("AmlCompute", "ComputeInstance")


def routes() -> list[Route]:
    """Clusters and instances."""
    return [
        Route("GET", COMPUTES, _list),
        Route("GET", COMPUTE, _get),
        Route("PUT", COMPUTE, _put),
        Route("DELETE", COMPUTE, _delete),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how operations on computes end."""
    emulator.operations.completes(CREATE, settling.succeed, failed=settling.fail)
    emulator.operations.completes(DELETE, settling.remove, failed=settling.fail)


def _id(call: Call) -> str:
    return f"{workspace_of(call).id}/computes/{call.params['compute']}"


def _list(call: Call) -> Answer:
    return page(call, call.emulator.resources.members(f"{workspace_of(call).id}/computes"), lambda found: found.body)


def _get(call: Call) -> Answer:
    return Answer(200, call.emulator.resources.require(_id(call)).body)


def _put(call: Call) -> Answer:
    emulator, workspace, request = call.emulator, workspace_of(call), call.json()
    desired = request.get("properties") or {}
    _check(workspace, request, desired)
    old = emulator.resources.get(_id(call))
    properties = {
        "createdOn": emulator.clock.timestamp(),
        "disableLocalAuth": False,
        "resourceId": None,
        "isAttachedCompute": False,
        **desired,
        "computeLocation": location_of(workspace),
        "modifiedOn": emulator.clock.timestamp(),
        "provisioningState": "Updating" if old else "Creating",
    }
    if desired["computeType"] == "ComputeInstance":
        properties["properties"] = {**(desired.get("properties") or {}), "state": "Running"}
    body: dict[str, Any] = {"id": _id(call), "name": call.params["compute"], "type": TYPE}
    body |= {"location": location_of(workspace), "tags": request.get("tags"), "properties": properties}
    body["systemData"] = stamp(emulator.clock.timestamp(), author(call))
    compute = emulator.resources.put(_id(call), body)
    operation = emulator.operations.start(CREATE, compute.id)
    return Answer(200 if old else 201, body, waiting.workspace_headers(call, workspace, operation))


def _check(workspace: Resource, request: dict[str, Any], desired: dict[str, Any]) -> None:
    if desired.get("computeType") not in KINDS:
        raise bad_request("BadRequest", f"The emulator serves computes of these types only: {', '.join(KINDS)}.")
    size = (desired.get("properties") or {}).get("vmSize", "")
    if size.lower() not in SIZES:
        raise bad_request(
            "InvalidVmSize", f"The specified VM size '{size}' is not supported in {location_of(workspace)}."
        )
    region = str(request.get("location") or location_of(workspace)).replace(" ", "").lower()
    if region != location_of(workspace):
        raise bad_request("BadRequest", f"The compute's location '{region}' differs from the workspace's.")


def _delete(call: Call) -> Answer:
    compute = call.emulator.resources.get(_id(call))
    if compute is None:
        return Answer(204)
    operation = settling.begin_deletion(call.emulator, compute, DELETE)
    return Answer(202, None, waiting.workspace_headers(call, workspace_of(call), operation))
