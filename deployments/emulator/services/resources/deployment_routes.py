"""Template deployments: accepted, carried out in the background, and their operations."""

from __future__ import annotations

import json
import uuid
from typing import Any

from deployments.emulator.arm_template.expressions import ExpressionError
from deployments.emulator.arm_template.parameters import is_secret
from deployments.emulator.arm_template.resource_ids import Place
from deployments.emulator.arm_template.template import Template, read_template
from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError, bad_request, conflict
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.journal import REDACTED
from deployments.emulator.operations import RUNNING, SUCCEEDED, Operation
from deployments.emulator.services import polling
from deployments.emulator.services.resources.deployment_body import TYPE, deployment_body, duration, step_body
from deployments.emulator.services.resources.deployment_policies import refuse_violations
from deployments.emulator.services.resources.deployment_run import DeploymentRun
from deployments.emulator.services.resources.groups import GROUP, group_id, require_group
from deployments.emulator.services.resources.subscriptions import document as subscription_document
from deployments.emulator.state import Resource

DEPLOYMENTS = GROUP + "/providers/Microsoft.Resources/deployments"
DEPLOYMENT = DEPLOYMENTS + "/{deployment}"
# A deployment that is over by then (in seconds) is answered as such, which saves the SDK a fixed wait of 5 s.
PATIENCE = 1.0
KIND = "deployment.write"


def routes() -> list[Route]:
    """Deployments in a resource group."""
    return [
        Route("GET", DEPLOYMENTS, _list),
        Route("PUT", DEPLOYMENT, _put),
        Route("GET", DEPLOYMENT, _get),
        Route("HEAD", DEPLOYMENT, _head),
        Route("DELETE", DEPLOYMENT, _delete),
        Route("POST", DEPLOYMENT + "/validate", _validate),
        Route("GET", DEPLOYMENT + "/operationStatuses/{operation}", _status),
        Route("GET", DEPLOYMENT + "/operations", _operations),
        Route(
            "GET",
            GROUP + "/deployments/{deployment}/operations",
            _operations,
            action="Microsoft.Resources/deployments/operations/read",
        ),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how deployments are carried out."""
    emulator.operations.completes(KIND, _carry_out, failed=_failed)


def _id(call: Call) -> str:
    return f"{group_id(call)}/providers/{TYPE}/{call.params['deployment']}"


def _require(call: Call) -> Resource:
    require_group(call.emulator, call.path)
    found = call.emulator.resources.get(_id(call))
    if found is None:
        raise ArmError(404, "DeploymentNotFound", f"Deployment '{call.params['deployment']}' could not be found.")
    return found


def _read(emulator: Emulator, identity: str, properties: dict[str, Any]) -> Template:
    """The template of a request, in the place that the deployment's id names.

    Raises:
        ArmError: 400 InvalidTemplate.
    """
    group = require_group(emulator, identity)
    place = Place(subscription_document(emulator), group.body, {"name": identity.rsplit("/", 1)[-1], "properties": {}})
    try:
        return read_template(properties["template"], properties.get("parameters") or {}, place, {})
    except ExpressionError as error:
        raise bad_request("InvalidTemplate", f"Deployment template validation failed: '{error}'.") from error


def _requested(call: Call) -> dict[str, Any]:
    properties: dict[str, Any] = call.json().get("properties") or {}
    if not isinstance(properties.get("template"), dict):
        raise bad_request(
            "InvalidRequestContent", "The request content has no 'template'; links to one are not served."
        )
    if str(properties.get("mode", "")).lower() != "incremental":
        raise ArmError(501, "NotImplementedByEmulator", "The emulator serves deployments in mode Incremental only.")
    return properties


async def _put(call: Call) -> Answer:
    properties = _requested(call)
    require_group(call.emulator, call.path, writing=True)
    identity = _id(call)
    existing = call.emulator.resources.get(identity)
    _refuse_active(call, identity)
    template = _read(call.emulator, identity, properties)
    refuse_violations(call.emulator, template)
    body = deployment_body(identity, template, properties["template"], str(uuid.uuid4()))
    body["properties"].update(timestamp=call.emulator.clock.timestamp(), duration=duration(0))
    client = call.principal.client_id if call.principal else ""
    kept = {"template": properties["template"], "parameters": properties.get("parameters"), "client_id": client}
    deployment = call.emulator.resources.put(identity, body, kept)
    accepted = {**body, "properties": dict(body["properties"])}
    call.body = _without_secrets(call, template)
    operation = call.emulator.operations.start(KIND, identity, seconds=0)
    if await call.emulator.operations.ended(operation, PATIENCE) and operation.status == SUCCEEDED:
        return Answer(200, deployment.body)
    return Answer(200 if existing else 201, accepted, polling.waiting_headers(_status_address(call, operation)))


def _without_secrets(call: Call, template: Template) -> bytes:
    """The request as the journal may keep it: without the values of secure parameters."""
    document = call.json()
    given = document["properties"].get("parameters") or {}
    secret = {name.lower() for name, declaration in template.declared.items() if is_secret(declaration)}
    for name in given:
        if name.lower() in secret:
            given[name] = {"value": REDACTED}
    return json.dumps(document).encode()


def _refuse_active(call: Call, identity: str) -> None:
    active = call.emulator.operations.on(identity)
    if active:
        raise conflict(
            "DeploymentActive",
            f"Unable to edit or replace deployment '{call.params['deployment']}': previous deployment is still active. "
            "Please see https://aka.ms/arm-deploy for usage details.",
        )


def _status_address(call: Call, operation: Operation) -> str:
    return f"{call.url}/operationStatuses/{operation.id}?api-version={call.api_version}"


async def _carry_out(emulator: Emulator, operation: Operation) -> None:
    deployment = emulator.resources.require(operation.resource_id)
    principal = emulator.directory.get(deployment.private["client_id"])
    if principal is None:
        raise ArmError(403, "AuthorizationFailed", "The principal that began the deployment is gone.")
    template = _read(emulator, deployment.id, deployment.private)
    await DeploymentRun(emulator, deployment, template, principal).carry_out()


def _failed(emulator: Emulator, operation: Operation) -> None:
    deployment = emulator.resources.get(operation.resource_id)
    if deployment:
        passed = emulator.clock.now() - operation.started
        deployment.properties.update(provisioningState="Failed", error=operation.error, duration=duration(passed))
        emulator.resources.save(deployment)


def _status(call: Call) -> Answer:
    operation = call.emulator.operations.get(call.params["operation"])
    if operation is None:
        raise ArmError(
            404, "DeploymentOperationNotFound", f"Operation '{call.params['operation']}' could not be found."
        )
    if operation.status == RUNNING:
        return Answer(200, {"status": "Running"}, dict(polling.HINT))
    found: dict[str, Any] = {"status": operation.status}
    return Answer(200, {**found, "error": operation.error} if operation.error else found)


def _list(call: Call) -> Answer:
    require_group(call.emulator, call.path)
    return Answer(200, {"value": [found.body for found in call.emulator.resources.members(call.path)]})


def _get(call: Call) -> Answer:
    deployment = _require(call)
    waiting = call.emulator.operations.on(deployment.id)
    return Answer(200, deployment.body, dict(polling.HINT) if waiting else {})


def _head(call: Call) -> Answer:
    return Answer(204 if call.emulator.resources.get(_id(call)) else 404)


def _delete(call: Call) -> Answer:
    _refuse_active(call, _id(call))
    call.emulator.removal.remove(_id(call))
    return Answer(204)


def _validate(call: Call) -> Answer:
    properties = _requested(call)
    identity = _id(call)
    template = _read(call.emulator, identity, properties)
    refuse_violations(call.emulator, template)
    body = deployment_body(identity, template, properties["template"], str(uuid.uuid4()))
    body["properties"].update(provisioningState=SUCCEEDED, timestamp=call.emulator.clock.timestamp())
    body["properties"]["validatedResources"] = [
        {"id": planned.id} for planned in template.resources if planned.included
    ]
    return Answer(200, {"properties": body["properties"]})


def _operations(call: Call) -> Answer:
    deployment = _require(call)
    steps = list(deployment.private.get("steps", {}).values())
    steps.sort(key=lambda step: (step["operation"] == "Create", step.get("ended", step["started"])), reverse=True)
    now = call.emulator.clock.now()
    return Answer(200, {"value": [step_body(deployment.id, step, now) for step in steps]})
