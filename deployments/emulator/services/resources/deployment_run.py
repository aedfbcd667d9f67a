"""Carries a template deployment out: each resource by its own service, as soon as what it depends on is there."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from deployments.emulator.arm_template.expressions import ExpressionError
from deployments.emulator.arm_template.hashing import murmur64
from deployments.emulator.arm_template.template import PlannedResource, Template
from deployments.emulator.core import Emulator
from deployments.emulator.directory import Principal
from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.http.internal import Request, carry_out, carry_out_at_once
from deployments.emulator.operations import CANCELED, FAILED, SUCCEEDED
from deployments.emulator.services.resources.deployment_body import TYPE, duration, target
from deployments.emulator.state import Resource

# What a template says about a resource, beside the resource itself.
INSTRUCTIONS = (
    *("type", "name", "apiVersion", "condition", "dependsOn", "copy", "resources"),
    *("scope", "comments", "resourceGroup", "subscriptionId"),
)


class DeploymentFailedError(ArmError):
    """The end of a deployment of which a part failed."""

    def __init__(self, identity: str, details: list[dict[str, Any]]) -> None:
        super().__init__(
            409,
            "DeploymentFailed",
            "At least one resource deployment operation failed. Please list deployment operations for details. "
            "Please see https://aka.ms/arm-deployment-operations for usage details.",
            details=details,
        )
        self._identity = identity

    def body(self) -> dict[str, Any]:
        body = super().body()
        body["error"]["target"] = self._identity
        return body


class DeploymentRun:
    """One run of a template."""

    def __init__(self, emulator: Emulator, deployment: Resource, template: Template, principal: Principal) -> None:
        self._emulator = emulator
        self._deployment = deployment
        self._template = template
        self._principal = principal
        self._began = emulator.clock.now()
        self._steps: dict[str, dict[str, Any]] = deployment.private.setdefault("steps", {})
        self._errors: list[dict[str, Any]] = []

    async def carry_out(self) -> None:
        """Make every resource whose condition holds.

        Raises:
            DeploymentFailedError: with the reason of each resource that failed; what was made stays.
        """
        self._deployment.properties["provisioningState"] = "Running"
        waiting = {planned.id.lower(): planned for planned in self._template.resources if planned.included}
        running: dict[asyncio.Task[None], str] = {}
        try:
            while waiting or running:
                for key in [] if self._errors else self._ready(waiting, running):
                    running[asyncio.ensure_future(self._make(waiting.pop(key)))] = key
                if not running:
                    break
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del running[task]
        finally:
            for task in running:  # the group goes away, or the emulator ends
                task.cancel()
        if self._errors:
            raise DeploymentFailedError(self._deployment.id, self._errors)
        self._finish()

    @staticmethod
    def _ready(waiting: dict[str, PlannedResource], running: dict[asyncio.Task[None], str]) -> list[str]:
        unfinished = {*waiting, *running.values()}
        return [key for key, planned in waiting.items() if not planned.depends_on & unfinished]

    async def _make(self, planned: PlannedResource) -> None:
        step = self._begin(planned)
        try:
            request = Request("PUT", planned.id, planned.api_version, self._body(planned), self._principal)
            answer = await carry_out(self._emulator, request)
            step["status"] = answer.status
            await self._settled(planned.id)
            self._end(step, SUCCEEDED, 200)
        except ArmError as error:
            reason = error.body()["error"]
            step["statusMessage"] = {"error": reason}
            self._errors.append(reason)
            self._end(step, FAILED, error.status)

    def _begin(self, planned: PlannedResource) -> dict[str, Any]:
        identity = f"{murmur64(planned.id.lower().encode()):016X}"
        step: dict[str, Any] = {
            "id": identity,
            "operation": "Create",
            "state": "Running",
            "started": self._emulator.clock.now(),
            "tracking": str(uuid.uuid4()),
            "status": 202,
            "targetResource": target(planned),
        }
        self._steps[identity] = step
        self._emulator.resources.save(self._deployment)
        return step

    def _end(self, step: dict[str, Any], state: str, status: int) -> None:
        step.update(state=state, status=status, ended=self._emulator.clock.now())
        self._emulator.resources.save(self._deployment)

    async def _settled(self, identity: str) -> None:
        """Wait for the operation that the request began, if it did, and check how it ended."""
        operation = self._emulator.operations.on(identity)
        if operation:
            await self._emulator.operations.ended(operation)
        made = self._emulator.resources.get(identity)
        state = operation.status if operation else made.properties.get("provisioningState") if made else SUCCEEDED
        if state in (FAILED, CANCELED):
            reason = operation.error if operation else made and made.properties.get("error")
            raise ArmError(
                409,
                "ResourceDeploymentFailure",
                "The resource write operation failed to complete successfully, "
                f"because it reached terminal provisioning state '{state}'.",
                details=[reason] if reason else [],
            )

    def _body(self, planned: PlannedResource) -> dict[str, Any]:
        included = {name: value for name, value in planned.document.items() if name not in INSTRUCTIONS}
        inner = _inner_template(planned)
        scope = planned.scope.with_functions(**self._runtime_functions(planned.api_version))
        try:
            body: dict[str, Any] = scope.value(included)
        except ExpressionError as error:
            raise bad_request(
                "InvalidTemplate", f"Unable to process template language expressions: '{error}'"
            ) from error
        if inner is not None:
            body["properties"]["template"] = inner
        return body

    def _runtime_functions(self, api_version: str) -> dict[str, Any]:
        def reference(name: str, _version: str = "", full: str = "") -> Any:
            found = self._emulator.resources.require(self._id_of(name))
            return found.body if full.lower() == "full" else found.properties

        def keys(name: str, version: str = api_version, _body: Any = None) -> Any:
            request = Request("POST", f"{self._id_of(name)}/listKeys", version, None, self._principal)
            return carry_out_at_once(self._emulator, request).body

        return {"reference": reference, "listkeys": keys}

    def _id_of(self, name: str) -> str:
        named = (planned.id for planned in self._template.resources if planned.name.lower() == name.lower())
        return name if name.startswith("/") else next(named, name)

    def _finish(self) -> None:
        began = self._emulator.clock.now()
        functions = self._runtime_functions("")
        properties = self._deployment.properties
        try:
            outputs = self._template.scope.with_functions(**functions).value(self._template.outputs)
        except ExpressionError as error:
            raise bad_request(
                "DeploymentOutputEvaluationFailed", f"Unable to evaluate template outputs: '{error}'."
            ) from error
        if outputs:
            properties["outputs"] = {name: {"type": o["type"], "value": o.get("value")} for name, o in outputs.items()}
        made = sorted(planned.id for planned in self._template.resources if planned.included and planned.type != TYPE)
        properties["outputResources"] = [{"id": identity} for identity in made]
        self._steps["outputs"] = {
            "id": str(murmur64(self._deployment.id.encode())),
            "operation": "EvaluateDeploymentOutput",
            "state": SUCCEEDED,
            "started": began,
            "ended": self._emulator.clock.now(),
            "tracking": str(uuid.uuid4()),
            "status": 200,
        }
        self._conclude(SUCCEEDED)

    def _conclude(self, state: str) -> None:
        now = self._emulator.clock.now()
        self._deployment.properties.update(
            provisioningState=state, timestamp=self._emulator.clock.timestamp(), duration=duration(now - self._began)
        )
        self._emulator.resources.save(self._deployment)


def _inner_template(planned: PlannedResource) -> Any:
    """The template of a nested deployment that evaluates its expressions for itself."""
    properties = planned.document.get("properties") or {}
    options = properties.get("expressionEvaluationOptions") or {}
    return properties.get("template") if planned.type == TYPE and options.get("scope", "").lower() == "inner" else None
