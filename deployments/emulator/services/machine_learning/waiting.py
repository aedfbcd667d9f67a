"""The two kinds of addresses by which Azure Machine Learning lets a client wait, in the form of the recordings."""

from __future__ import annotations

import uuid
from typing import Any

from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import FAILED, RUNNING, SUCCEEDED, Operation
from deployments.emulator.services import polling
from deployments.emulator.services.machine_learning.ids import LOCATION, location_of
from deployments.emulator.state import Resource

ENDPOINT, DEPLOYMENT = "oe", "od"


def routes() -> list[Route]:
    """The addresses of running operations."""
    return [
        Route("GET", LOCATION + "/workspaceOperationsStatus/{operation}", _workspace_operation, polling=True),
        Route("GET", LOCATION + "/mfeOperationsStatus/{operation}", _status, polling=True),
        Route("GET", LOCATION + "/mfeOperationResults/{operation}", _result, polling=True),
    ]


def _address(call: Call, workspace: Resource, folder: str, name: str) -> str:
    place = LOCATION.format(subscription=call.params["subscription"], location=location_of(workspace))
    return f"https://{call.host}{place}/{folder}/{name}?api-version={call.api_version}"


def workspace_headers(call: Call, workspace: Resource, operation: Operation) -> dict[str, str]:
    """For operations on a workspace and its managed network."""
    base = _address(call, workspace, "workspaceOperationsStatus", operation.id)
    return polling.waiting_headers(f"{base}&type=async", f"{base}&type=location")


def identity(workspace: Resource, kind: str) -> str:
    """An operation id as the endpoints' operations have it: kind, workspace, operation."""
    return f"{kind}:{workspace.properties['workspaceId']}:{uuid.uuid4()}"


def status_address(call: Call, workspace: Resource, name: str) -> str:
    """Return the address of an endpoint's or online deployment's operation; `name` is its id."""
    return _address(call, workspace, "mfeOperationsStatus", name)


def endpoint_headers(call: Call, workspace: Resource, operation: Operation, *, result_url: str = "") -> dict[str, str]:
    """For operations on endpoints and online deployments; `result_url` defaults to the operation's own result."""
    result = result_url or _address(call, workspace, "mfeOperationResults", operation.id)
    found = polling.waiting_headers(status_address(call, workspace, operation.id), result)
    return found | {"x-ms-async-operation-timeout": "PT30M"}


def accepted(call: Call, workspace: Resource, operation: Operation, body: dict[str, Any] | None, status: int) -> Answer:
    """Return the answer to a write of an endpoint or online deployment: the result is at the resource's own address."""
    place = f"{call.url}?api-version={call.api_version}"
    return Answer(status, body, endpoint_headers(call, workspace, operation, result_url=place))


def _operation(call: Call) -> Operation:
    operation = call.emulator.operations.get(call.params["operation"])
    if operation is None:
        raise ArmError(404, "NotFound", f"The operation '{call.params['operation']}' could not be found.")
    return operation


def _workspace_operation(call: Call) -> Answer:
    operation = _operation(call)
    if call.query.get("type") != "async":
        answer = polling.result_answer(operation, call)
        if operation.status == RUNNING:
            answer.headers["Location"] += "&type=location"
        return answer
    found: dict[str, Any] = {"status": operation.status}
    if operation.status == SUCCEEDED:
        found["percentComplete"] = 100.0
    if operation.error:
        found["error"] = operation.error
    return Answer(200, found, dict(polling.HINT) if operation.status == RUNNING else {})


def _status(call: Call) -> Answer:
    operation = _operation(call)
    answer = polling.status_answer(operation, call)
    done = operation.status == SUCCEEDED
    state = "Updating" if operation.status == RUNNING else operation.status
    found = {**operation.document(call.path), "percentComplete": 100.0 if done else 0.0, "status": state}
    return Answer(200, found, answer.headers)


def _result(call: Call) -> Answer:
    operation = _operation(call)
    if operation.status == FAILED:
        error = operation.error or {}
        raise ArmError(400, error.get("code") or "", error.get("message", ""))
    return polling.result_answer(operation, call)
