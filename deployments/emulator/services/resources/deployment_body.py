"""The wire form of a template deployment, as recorded."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from deployments.emulator.arm_template import hashing
from deployments.emulator.arm_template.parameters import is_secret
from deployments.emulator.arm_template.template import PlannedResource, Template
from deployments.emulator.clock import iso

TYPE = "Microsoft.Resources/deployments"
TYPE_NAMES = {"securestring": "SecureString", "secureobject": "SecureObject"}


def duration(seconds: float) -> str:
    """ISO 8601 as the resource manager writes it, e.g. PT1M56.3454108S."""
    minutes, rest = divmod(max(seconds, 0.0), 60)
    return f"PT{f'{int(minutes)}M' if minutes else ''}{rest:.7f}S"


def deployment_body(identity: str, template: Template, document: dict[str, Any], correlation: str) -> dict[str, Any]:
    """The deployment as it is accepted."""
    shown = {
        "templateHash": str(hashing.murmur64(json.dumps(document, sort_keys=True).encode())),
        "parameters": _parameters(template),
        "mode": "Incremental",
        "provisioningState": "Accepted",
        "correlationId": correlation,
        "providers": _providers([planned for planned in template.resources if planned.included]),
        "dependencies": [_dependency(planned, template) for planned in template.resources if planned.depends_on],
    }
    return {"id": identity, "name": identity.rsplit("/", 1)[-1], "type": TYPE, "properties": shown}


def _parameters(template: Template) -> dict[str, Any]:
    found = {}
    for name, declaration in template.declared.items():
        kind = str(declaration["type"]).lower()
        found[name] = {"type": TYPE_NAMES.get(kind, kind.capitalize())}
        if not is_secret(declaration):
            found[name]["value"] = template.parameters[name]
    return found


def _providers(resources: list[PlannedResource]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, list[str]]] = {}
    for planned in resources:
        namespace, _, kind = planned.type.partition("/")
        locations = found.setdefault(namespace, {}).setdefault(kind, [])
        if planned.location and planned.location not in locations:
            locations.append(planned.location)
    return [
        {
            "namespace": namespace,
            "resourceTypes": [{"resourceType": kind, "locations": places} for kind, places in kinds.items()],
        }
        for namespace, kinds in found.items()
    ]


def _dependency(planned: PlannedResource, template: Template) -> dict[str, Any]:
    before = [other for other in template.resources if other.id.lower() in planned.depends_on]
    return {"dependsOn": [target(other) for other in before], **target(planned)}


def target(planned: PlannedResource) -> dict[str, str]:
    """A resource as deployments refer to it."""
    return {"id": planned.id, "resourceType": planned.type, "resourceName": planned.name}


def step_body(identity: str, step: dict[str, Any], now: float) -> dict[str, Any]:
    """One entry of the deployment's list of operations."""
    ended = step.get("ended", now)
    properties = {
        "provisioningOperation": step["operation"],
        "provisioningState": step["state"],
        "timestamp": iso(step.get("ended", step["started"])),
        "duration": duration(ended - step["started"]),
        "trackingId": step["tracking"],
        "statusCode": HTTPStatus(step["status"]).phrase.replace(" ", ""),
    }
    for name in ("statusMessage", "targetResource"):
        if name in step:
            properties[name] = step[name]
    return {"id": f"{identity}/operations/{step['id']}", "operationId": step["id"], "properties": properties}
