"""Online endpoints: create, read, list, update and delete."""

from __future__ import annotations

import secrets
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services.machine_learning import settling, waiting
from deployments.emulator.services.machine_learning.identities import assigned_roles, managed
from deployments.emulator.services.machine_learning.ids import (
    ENDPOINT_TYPE,
    WORKSPACE,
    author,
    location_of,
    workspace_of,
)
from deployments.emulator.services.machine_learning.online_endpoints import (
    endpoint_names,
    endpoint_rules,
    scoring_backend,
)
from deployments.emulator.services.machine_learning.paging import page
from deployments.emulator.services.machine_learning.refusals import busy
from deployments.emulator.services.machine_learning.workspaces.body import stamp
from deployments.emulator.state import Resource

ENDPOINTS = WORKSPACE + "/onlineEndpoints"
ENDPOINT = ENDPOINTS + "/{endpoint}"
CREATE, UPDATE, DELETE = "endpoint.create", "endpoint.update", "endpoint.delete"
OPERATION_URI = "AzureAsyncOperationUri"


def routes() -> list[Route]:
    """The endpoints themselves."""
    return [
        Route("GET", ENDPOINTS, _list),
        Route("GET", ENDPOINT, _get),
        Route("PUT", ENDPOINT, _put),
        Route("PATCH", ENDPOINT, _patch),
        Route("DELETE", ENDPOINT, _delete),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how operations on endpoints end, and that a name becomes free."""
    emulator.operations.completes(CREATE, _complete, failed=settling.fail)
    emulator.operations.completes(UPDATE, _complete, failed=settling.fail)
    emulator.operations.completes(DELETE, settling.remove, failed=settling.fail)
    emulator.removal.on_delete(ENDPOINT_TYPE, endpoint_names.release)


def endpoint_of(call: Call) -> Resource:
    """The endpoint that a call is about.

    Raises:
        ArmError: 404, where there is none.
    """
    return call.emulator.resources.require(_id(call))


def _id(call: Call) -> str:
    return f"{workspace_of(call).id}/onlineEndpoints/{call.params['endpoint']}"


def deployments_of(emulator: Emulator, endpoint: Resource) -> list[Resource]:
    """Its online deployments."""
    return emulator.resources.members(f"{endpoint.id}/deployments")


def _list(call: Call) -> Answer:
    found = call.emulator.resources.members(f"{workspace_of(call).id}/onlineEndpoints")
    name = call.query.get("name", "").lower()
    tags = [part.partition("=")[::2] for part in call.query.get("tags", "").split(",") if part]
    if name or tags:
        found = [e for e in found if name in ("", e.name.lower()) and _tagged(e, tags)]
    return page(call, found, lambda endpoint: endpoint.body)


def _tagged(endpoint: Resource, expected: list[tuple[str, str]]) -> bool:
    tags = endpoint.body["tags"]
    return all(name in tags and value in ("", tags[name]) for name, value in expected)


def _get(call: Call) -> Answer:
    return Answer(200, endpoint_of(call).body)


def _put(call: Call) -> Answer:
    emulator, workspace, request = call.emulator, workspace_of(call), call.json()
    region = str(request.get("location") or location_of(workspace)).replace(" ", "").lower()
    endpoint_rules.check_workspace(workspace, region)
    endpoint_names.check(emulator, region, _id(call))
    old = emulator.resources.get(_id(call))
    _check_identity(emulator, old, _id(call), request)
    body = _body(call, workspace, request, old)
    mode = body["properties"]["authMode"]
    if old is None or old.properties["authMode"] != mode:
        endpoint_rules.check_key_vault(emulator, workspace, mode)
    _check_traffic(emulator, old, body)
    return _update(call, workspace, old, body) if old else _create(call, workspace, body)


def _body(call: Call, workspace: Resource, request: dict[str, Any], old: Resource | None) -> dict[str, Any]:
    """Return the endpoint as requested: a PUT replaces everything but what the service itself has added."""
    desired, known = request.get("properties") or {}, old.properties if old else {}
    own = {name: value for name, value in (desired.get("properties") or {}).items() if name != OPERATION_URI}
    own["azureml.onlineendpointid"] = _id(call).lower()
    properties = {
        "description": desired.get("description"),
        "properties": own,
        "scoringUri": known.get("scoringUri"),
        "swaggerUri": known.get("swaggerUri"),
        "authMode": endpoint_rules.auth_mode(desired.get("authMode")),
        "provisioningState": "Updating" if old else "Creating",
        "compute": desired.get("compute"),
        "traffic": endpoint_rules.lower(desired.get("traffic")),
        "mirrorTraffic": endpoint_rules.lower(desired.get("mirrorTraffic")),
        "publicNetworkAccess": endpoint_rules.access(desired.get("publicNetworkAccess")),
    }
    now = call.emulator.clock.timestamp()
    body: dict[str, Any] = {"id": old.id if old else _id(call), "name": call.params["endpoint"], "type": ENDPOINT_TYPE}
    body |= {"properties": properties, "systemData": {**stamp(now, author(call)), **(_created(old) if old else {})}}
    body |= {"tags": request.get("tags") or {}, "location": location_of(workspace), "kind": "Managed"}
    held = old.body["identity"] if old else {}
    return body | {"identity": managed.identity(call.emulator, request.get("identity") or {}, held)}


def _check_identity(emulator: Emulator, old: Resource | None, identity: str, request: dict[str, Any]) -> None:
    desired = request.get("identity") or {}
    managed.check(emulator, identity, desired)
    if old:
        endpoint_rules.check_identity(old, desired)


def _created(old: Resource) -> dict[str, Any]:
    return {name: value for name, value in old.body["systemData"].items() if name.startswith("created")}


def _check_traffic(emulator: Emulator, old: Resource | None, body: dict[str, Any]) -> None:
    present = deployments_of(emulator, old) if old else []
    names = {found.name.lower() for found in present if found.properties["provisioningState"] != "Deleting"}
    endpoint_rules.check_traffic(body["properties"]["traffic"], body["properties"]["mirrorTraffic"], names)


def _create(call: Call, workspace: Resource, body: dict[str, Any]) -> Answer:
    scoring_backend.servers(call.emulator).warm_up()  # a deployment is likely to follow
    keys = {"primaryKey": new_key(), "secondaryKey": new_key()}
    endpoint = call.emulator.resources.put(body["id"], body, keys)
    endpoint_names.take(call.emulator, endpoint)
    return waiting.accepted(call, workspace, _begin(call, workspace, endpoint, CREATE, body), body, 201)


def new_key() -> str:
    """A key of the length that Azure's have."""
    return secrets.token_urlsafe(24)


def _begin(call: Call, workspace: Resource, endpoint: Resource, kind: str, body: dict[str, Any]) -> Operation:
    """Start; the endpoint gets the new body once the operation has succeeded."""
    name = waiting.identity(workspace, waiting.ENDPOINT)
    body["properties"]["properties"][OPERATION_URI] = waiting.status_address(call, workspace, name)
    operation = call.emulator.operations.start(kind, endpoint.id, data={"body": body}, identity=name)
    endpoint.properties["provisioningState"] = body["properties"]["provisioningState"]
    call.emulator.resources.save(endpoint)
    return operation


def _update(call: Call, workspace: Resource, endpoint: Resource, body: dict[str, Any]) -> Answer:
    running = call.emulator.operations.on(endpoint.id)
    if running and running.kind != DELETE and _desired(running.data["body"]) == _desired(body):
        return waiting.accepted(call, workspace, running, running.data["body"], 200)
    refuse_if_busy(endpoint)
    return waiting.accepted(call, workspace, _begin(call, workspace, endpoint, UPDATE, body), body, 200)


def refuse_if_busy(endpoint: Resource) -> None:
    """Refuse a second change at a time (wording: azure-sdk-for-net#36961).

    Raises:
        ArmError: 409, while another operation runs on the endpoint.
    """
    state = endpoint.properties["provisioningState"]
    if state not in settling.SETTLED:
        raise busy(f"Cannot update endpoint {endpoint.name} because it is in {state} provisioning state.")


def _desired(body: dict[str, Any]) -> dict[str, Any]:
    passing = ("provisioningState", "scoringUri", "swaggerUri", "properties")
    properties = {name: value for name, value in body["properties"].items() if name not in passing}
    own = {name: value for name, value in body["properties"]["properties"].items() if name != OPERATION_URI}
    return {"tags": body["tags"], "properties": properties, "own": own}


def _patch(call: Call) -> Answer:
    """Merge tags, identity, traffic and access."""
    workspace, endpoint, request = workspace_of(call), endpoint_of(call), call.json()
    desired = request.get("properties") or {}
    kept = {name: endpoint.properties[name] for name in ("description", "properties", "authMode", "compute")}
    changeable = ("traffic", "mirrorTraffic", "publicNetworkAccess")
    merged = {name: desired.get(name, endpoint.properties[name]) for name in changeable}
    whole = {"tags": {**endpoint.body["tags"], **(request.get("tags") or {})}, "properties": {**kept, **merged}}
    whole["identity"] = request.get("identity") or endpoint.body["identity"]
    _check_identity(call.emulator, endpoint, endpoint.id, whole)
    body = _body(call, workspace, whole, endpoint)
    _check_traffic(call.emulator, endpoint, body)
    refuse_if_busy(endpoint)
    return waiting.accepted(call, workspace, _begin(call, workspace, endpoint, UPDATE, body), None, 202)


def _complete(emulator: Emulator, operation: Operation) -> None:
    endpoint = emulator.resources.require(operation.resource_id)
    endpoint.body = operation.data["body"]
    host = f"https://{endpoint.name}.{location_of(endpoint)}.inference.ml.azure.com"
    endpoint.properties.update({"scoringUri": f"{host}/score", "swaggerUri": f"{host}/swagger.json"})
    settling.succeed(emulator, operation)
    assigned_roles.assign_to_endpoint(emulator, endpoint)


def _delete(call: Call) -> Answer:
    workspace, endpoint = workspace_of(call), call.emulator.resources.get(_id(call))
    if endpoint is None:
        return Answer(204)
    name = waiting.identity(workspace, waiting.ENDPOINT)
    operation = settling.begin_deletion(call.emulator, endpoint, DELETE, name)
    return Answer(202, None, waiting.endpoint_headers(call, workspace, operation))
