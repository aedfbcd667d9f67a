"""Online deployments: create, read, list, update and delete, and their logs."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services.machine_learning import settling, waiting
from deployments.emulator.services.machine_learning.identities import assigned_roles, needed_roles
from deployments.emulator.services.machine_learning.ids import DEPLOYMENT_TYPE, author, location_of, workspace_of
from deployments.emulator.services.machine_learning.network_isolation import legacy_isolation
from deployments.emulator.services.machine_learning.online_endpoints import (
    deployment_rules,
    images,
    mlflow_packages,
    scoring_backend,
)
from deployments.emulator.services.machine_learning.online_endpoints.endpoints import (
    ENDPOINT,
    OPERATION_URI,
    deployments_of,
    endpoint_of,
)
from deployments.emulator.services.machine_learning.paging import page
from deployments.emulator.services.machine_learning.refusals import busy, user_error
from deployments.emulator.services.machine_learning.restrictions import is_restricted
from deployments.emulator.services.machine_learning.workspaces.body import stamp
from deployments.emulator.state import Resource, parent_of

DEPLOYMENTS = ENDPOINT + "/deployments"
DEPLOYMENT = DEPLOYMENTS + "/{deployment}"
CREATE, UPDATE, DELETE = "online_deployment.create", "online_deployment.update", "online_deployment.delete"
_STATES = {CREATE: "Creating", UPDATE: "Updating"}
PROBE = {"failureThreshold": 30, "successThreshold": 1, "timeout": "PT2S", "period": "PT10S", "initialDelay": "PT10S"}
REQUESTS = {"maxQueueWait": "PT0S", "requestTimeout": "PT5S", "maxConcurrentRequestsPerInstance": 1}
CONTAINERS = ("InferenceServer", "StorageInitializer")
PLAIN = ("description", "codeConfiguration", "environmentId", "modelMountPath", "instanceType", "model")
RARE = ("dataCollector",)
EGRESS = "egressPublicNetworkAccess"


def routes() -> list[Route]:
    """The online deployments of an endpoint."""
    return [
        Route("GET", DEPLOYMENTS, _list),
        Route("GET", DEPLOYMENT, _get),
        Route("PUT", DEPLOYMENT, _put),
        Route("PATCH", DEPLOYMENT, _patch),
        Route("DELETE", DEPLOYMENT, _delete),
        Route("POST", DEPLOYMENT + "/getLogs", _logs),
        Route("GET", DEPLOYMENT + "/skus", _skus),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how operations on online deployments end, and that their servers go with them."""
    emulator.operations.completes(CREATE, _complete, failed=_fail_first)
    emulator.operations.completes(UPDATE, _complete, failed=settling.fail)
    emulator.operations.completes(DELETE, settling.remove, failed=settling.fail)
    emulator.removal.on_delete(DEPLOYMENT_TYPE, _stop)
    emulator.removal.on_delete(DEPLOYMENT_TYPE, legacy_isolation.disconnect)


def _fail_first(emulator: Emulator, operation: Operation) -> None:
    """A deployment whose first creation failed can only be deleted."""
    deployment = emulator.resources.get(operation.resource_id)
    if deployment:
        deployment.private["unrecoverable"] = True
    settling.fail(emulator, operation)


def _stop(emulator: Emulator, deployment: Resource) -> None:
    emulator.spawn(scoring_backend.servers(emulator).stop(deployment.id))


def _deployment_of(call: Call) -> Resource:
    return call.emulator.resources.require(f"{endpoint_of(call).id}/deployments/{call.params['deployment']}")


def _list(call: Call) -> Answer:
    return page(call, deployments_of(call.emulator, endpoint_of(call)), lambda deployment: deployment.body)


def _get(call: Call) -> Answer:
    return Answer(200, _deployment_of(call).body)


def _put(call: Call) -> Answer:
    endpoint = endpoint_of(call)
    old = call.emulator.resources.get(f"{endpoint.id}/deployments/{call.params['deployment']}")
    return _write(call, endpoint, old, call.json())


def _write(call: Call, endpoint: Resource, old: Resource | None, request: dict[str, Any]) -> Answer:
    workspace, body = workspace_of(call), _body(call, endpoint, request, old)
    deployment_rules.check_egress(call.emulator, workspace, old, (request.get("properties") or {}).get(EGRESS))
    running = call.emulator.operations.on(body["id"])
    if running and running.kind != DELETE and _desired(running.data["body"]) == _desired(body):
        return waiting.accepted(call, workspace, running, running.data["body"], 200)
    _refuse_if_busy(old)
    deployment_rules.check_recoverable(old)
    _check(call, endpoint, old, body)
    name = waiting.identity(workspace, waiting.DEPLOYMENT)
    body["properties"]["properties"][OPERATION_URI] = waiting.status_address(call, workspace, name)
    kind = UPDATE if old else CREATE
    deployment = old or call.emulator.resources.put(body["id"], _shown(body, kind))
    deployment.properties["provisioningState"] = _STATES[kind]
    call.emulator.resources.save(deployment)
    operation = call.emulator.operations.start(kind, deployment.id, data={"body": body}, identity=name)
    if is_restricted(call.emulator, location_of(endpoint), str(body["properties"]["instanceType"])):
        call.emulator.operations.stall(operation)
    return waiting.accepted(call, workspace, operation, body, 200 if old else 201)


def _shown(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """The online deployment as GET shows it during an operation; the PUT's own answer says Updating at any time."""
    return {**body, "properties": {**body["properties"], "provisioningState": _STATES[kind]}}


def _check(call: Call, endpoint: Resource, old: Resource | None, body: dict[str, Any]) -> None:
    emulator, workspace = call.emulator, workspace_of(call)
    deployment_rules.check_place(workspace, endpoint, new=old is None)
    if old is None:
        deployment_rules.check_name(body["name"], deployments_of(emulator, endpoint))
    deployment_rules.check_settings(body["properties"])
    deployment_rules.check_assets(emulator, body["properties"])
    deployment_rules.check_size(emulator, endpoint, body)


def _body(call: Call, endpoint: Resource, request: dict[str, Any], old: Resource | None) -> dict[str, Any]:
    """Return the online deployment as requested, with Azure's defaults."""
    desired, identity = request.get("properties") or {}, f"{endpoint.id}/deployments/{call.params['deployment']}"
    own = {name: value for name, value in (desired.get("properties") or {}).items() if name != OPERATION_URI}
    properties = {name: desired.get(name) for name in PLAIN} | {
        name: desired[name] for name in RARE if desired.get(name)
    }
    properties |= {
        "properties": own,
        "environmentVariables": desired.get("environmentVariables") or {},
        "scaleSettings": desired.get("scaleSettings") or {"scaleType": "Default"},
        "requestSettings": {**REQUESTS, **_given(desired.get("requestSettings"))},
        "appInsightsEnabled": bool(desired.get("appInsightsEnabled")),
        "livenessProbe": {**PROBE, **_given(desired.get("livenessProbe"))},
        "readinessProbe": {**PROBE, **_given(desired.get("readinessProbe"))},
        "provisioningState": "Updating",
        EGRESS: str(desired.get(EGRESS) or "Enabled").capitalize(),
        "endpointComputeType": desired.get("endpointComputeType", "Managed"),
    }
    now = call.emulator.clock.timestamp()
    body: dict[str, Any] = {
        "id": old.id if old else identity,
        "name": call.params["deployment"],
        "type": DEPLOYMENT_TYPE,
    }
    body |= {"properties": properties, "systemData": old.body["systemData"] if old else stamp(now, author(call))}
    body |= {"tags": request.get("tags") or {}, "location": location_of(endpoint), "kind": "Managed"}
    capacity = int(_given(request.get("sku")).get("capacity", 1))
    return body | {"sku": {"name": "Default", "tier": "Standard", "capacity": capacity}}


def _given(settings: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (settings or {}).items() if value is not None}


def _desired(body: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in body["properties"]["properties"].items() if name != OPERATION_URI}
    return {"tags": body["tags"], "sku": body["sku"], "properties": {**body["properties"], "properties": own}}


def _refuse_if_busy(old: Resource | None) -> None:
    state = old.properties["provisioningState"] if old else "Succeeded"
    if old and state not in settling.SETTLED:
        raise busy(f"Cannot update deployment {old.name} because it is in {state} provisioning state.")


def _patch(call: Call) -> Answer:
    """Merge tags, the number of instances and properties."""
    old, request = _deployment_of(call), call.json()
    merged = {
        "tags": {**old.body["tags"], **(request.get("tags") or {})},
        "sku": {**old.body["sku"], **_given(request.get("sku"))},
    }
    kept = {name: value for name, value in old.properties.items() if (name, value) != (EGRESS, "Enabled")}
    merged["properties"] = {**kept, **(request.get("properties") or {})}
    return Answer(202, None, _write(call, endpoint_of(call), old, merged).headers)


async def _complete(emulator: Emulator, operation: Operation) -> None:
    deployment = emulator.resources.require(operation.resource_id)
    deployment.body = _shown(operation.data["body"], operation.kind)
    endpoint = emulator.resources.require(parent_of(deployment.id))
    workspace = emulator.resources.require(parent_of(endpoint.id))
    images.build(emulator, workspace, deployment)
    assigned_roles.assign_to_endpoint(emulator, endpoint)
    needed_roles.check(emulator, workspace, endpoint, deployment)
    legacy_isolation.connect(emulator, deployment)
    mlflow_packages.install(emulator, workspace, deployment)
    await scoring_backend.servers(emulator).start(deployment)
    settling.succeed(emulator, operation)


def _delete(call: Call) -> Answer:
    workspace, endpoint = workspace_of(call), endpoint_of(call)
    deployment = call.emulator.resources.get(f"{endpoint.id}/deployments/{call.params['deployment']}")
    if deployment is None:
        return Answer(204)
    deployment_rules.check_not_updating(endpoint)
    deployment_rules.check_no_traffic(endpoint, deployment.name)
    name = waiting.identity(workspace, waiting.DEPLOYMENT)
    operation = settling.begin_deletion(call.emulator, deployment, DELETE, name)
    return Answer(202, None, waiting.endpoint_headers(call, workspace, operation))


def _logs(call: Call) -> Answer:
    deployment, request = _deployment_of(call), call.json()
    container = request.get("containerType") or CONTAINERS[0]
    if container not in CONTAINERS:
        raise user_error(f"'{container}' is not a containerType; these are: {', '.join(CONTAINERS)}.")
    if deployment.properties["provisioningState"] in ("Creating", "Deleting"):
        raise user_error("Deployment is in deleting or creating state so logs can't be retrieved")
    tail = int(request.get("tail") or 100)
    return Answer(200, {"content": scoring_backend.servers(call.emulator).logs(deployment.id, container, tail)})


def _skus(call: Call) -> Answer:
    _deployment_of(call)
    most = deployment_rules.MAXIMUM_INSTANCES
    capacity = {"minimum": 1, "maximum": most, "default": 1, "scaleType": "Manual"}
    sku = {"resourceType": DEPLOYMENT_TYPE, "sku": {"name": "Default", "tier": "Standard"}, "capacity": capacity}
    return Answer(200, {"value": [sku]})
