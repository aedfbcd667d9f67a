"""Azure's rules for online deployments, checked before one is accepted."""

from __future__ import annotations

import re
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.durations import seconds_of
from deployments.emulator.errors import ArmError
from deployments.emulator.services.machine_learning import quota
from deployments.emulator.services.machine_learning.assets import registry_assets
from deployments.emulator.services.machine_learning.ids import location_of
from deployments.emulator.services.machine_learning.network_isolation import managed_network
from deployments.emulator.services.machine_learning.network_isolation.isolation import DISABLED
from deployments.emulator.services.machine_learning.refusals import (
    busy,
    inferencing_error,
    invalid_request,
    missing,
    user_error,
)
from deployments.emulator.state import Resource

FORM = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])+")
MAXIMUM_DEPLOYMENTS = 20
MAXIMUM_INSTANCES = 50
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 50, 180_000
PROBE_FAILURES = 120
PROBES = ("livenessProbe", "readinessProbe")
NEEDS_PREMIUM = (
    "Deployments with enabled private networking require a premium tier ACR which supports private networking "
    "capabilities."
)
NO_EGRESS = (
    "The EgressPublicNetworkAccess under online deployment is no longer supported when your workspace is secured with "
    "managed virtual network. Please avoid setting EgressPublicNetworkAccess on the deployment in this case."
)


def check_place(workspace: Resource, endpoint: Resource, *, new: bool) -> None:
    """Check that the endpoint can have online deployments now.

    Raises:
        ArmError: 400 WorkspaceManagedNetworkNotReady, before it is provisioned; 409, while the endpoint is busy.
    """
    state = endpoint.properties["provisioningState"]
    if state != "Succeeded":
        verb = "create" if new else "update"
        raise busy(
            f"Cannot {verb} a deployment in endpoint {endpoint.name} because it is in {state} provisioning state."
        )
    if not managed_network.is_ready(workspace):
        raise ArmError(
            400,
            "WorkspaceManagedNetworkNotReady",
            f"The managed virtual network of workspace '{workspace.name}' is not provisioned yet. "
            "Provision it before you create an online deployment. Please see troubleshooting guide, available here: "
            "https://aka.ms/oe-tsg#error-workspacemanagednetworknotready",
        )


def check_name(name: str, siblings: list[Resource]) -> None:
    """Check that another online deployment of this name can be added.

    Raises:
        ArmError: 400, for a name of the wrong form, and for the twenty-first of an endpoint.
    """
    if not 3 <= len(name) <= 32:
        raise inferencing_error("DeploymentName", "DeploymentName must be 3-32 chars")
    if not FORM.fullmatch(name):
        raise inferencing_error(
            "DeploymentName",
            f"DeploymentName '{name}' is invalid: letters, digits and single dashes, beginning with a letter.",
        )
    if len(siblings) >= MAXIMUM_DEPLOYMENTS:
        raise inferencing_error("", f"An endpoint can have {MAXIMUM_DEPLOYMENTS} deployments at most.")


def check_recoverable(old: Resource | None) -> None:
    """Refuse to update an online deployment whose first creation failed.

    Raises:
        ArmError: 400; it can only be deleted.
    """
    if old and old.private.get("unrecoverable"):
        raise user_error(
            f"Specified deployment [{old.name}] failed during initial provisioning and is in an unrecoverable state. "
            "Delete and re-create."
        )


def check_egress(emulator: Emulator, workspace: Resource, old: Resource | None, asked: str | None) -> None:
    """Check that this egress setting is allowed (docs: concept-secure-online-endpoint).

    Raises:
        ArmError: 400, where it differs from what it was at creation, or is set at all under a managed network.
    """
    egress = str(asked or "Enabled").capitalize()
    if asked and managed_network.mode_of(workspace) != DISABLED:
        poor = egress == "Disabled" and not _has_premium_registry(emulator, workspace)
        sentences = (NEEDS_PREMIUM, NO_EGRESS) if poor else (NO_EGRESS,)
        raise inferencing_error("EgressPublicNetworkAccess", *sentences, code="InferencingClientCallFailed")
    if old and old.properties["egressPublicNetworkAccess"] != egress:
        raise inferencing_error(
            "EgressPublicNetworkAccess", "egressPublicNetworkAccess cannot be changed after the deployment was created."
        )


def _has_premium_registry(emulator: Emulator, workspace: Resource) -> bool:
    registry = emulator.resources.get(str(workspace.properties.get("containerRegistry") or ""))
    return registry is not None and registry.body["sku"]["name"] == "Premium"


def check_size(emulator: Emulator, endpoint: Resource, body: dict[str, Any]) -> None:
    """Check that the instance type exists, and that its quota suffices.

    Raises:
        ArmError: 400, for an unknown size, a number of instances out of range, and too little quota.
    """
    size, instances = quota.size_of(str(body["properties"]["instanceType"])), int(body["sku"]["capacity"])
    if not 1 <= instances <= MAXIMUM_INSTANCES:
        raise inferencing_error(
            "InstanceCount", f"The instance count must be between 1 and {MAXIMUM_INSTANCES}; it is {instances}."
        )
    quota.check(emulator, location_of(endpoint), size, instances, body["id"])


def check_settings(properties: dict[str, Any]) -> None:
    """Check the kind of compute, the request timeout and the probes.

    Raises:
        ArmError: 400.
    """
    if properties["endpointComputeType"] != "Managed":
        raise invalid_request("UnsupportedComputeType", "The emulator has managed online deployments only.")
    timeout = str(properties["requestSettings"]["requestTimeout"])
    seconds = seconds_of(timeout)
    if seconds is None or not SHORTEST_TIMEOUT <= seconds * 1000 <= LONGEST_TIMEOUT:
        raise inferencing_error(
            "RequestSettings.RequestTimeout",
            f"ScoringTimeoutMs must be between {SHORTEST_TIMEOUT} and {LONGEST_TIMEOUT}",
        )
    for probe in PROBES:
        _check_probe(f"{probe[0].upper()}{probe[1:]}.FailureThreshold", int(properties[probe]["failureThreshold"]))


def _check_probe(field: str, failures: int) -> None:
    if failures >= PROBE_FAILURES:
        raise inferencing_error(
            field,
            f"Invalid value provided for Failure Threshold for Probe: <{failures}>. "
            f"The value should be less than {PROBE_FAILURES}.",
        )


def check_assets(emulator: Emulator, properties: dict[str, Any]) -> None:
    """Check that the model, the code and the environment exist, and that there is something to run.

    Raises:
        ArmError: 404 NotFound with the one that is missing; 400 MissingDriverProgram, without any code;
            501 NotImplementedByEmulator for assets of registries, but for curated environments.
    """
    code = properties.get("codeConfiguration") or {}
    parts = (
        ("model", properties.get("model")),
        ("code", code.get("codeId")),
        ("environment", properties.get("environmentId")),
    )
    for title, asset in parts:
        if asset and str(asset).startswith(registry_assets.PREFIX):
            registry_assets.require(title, str(asset))
        elif asset and emulator.resources.get(str(asset)) is None:
            raise _not_found(title, str(asset))
    if not code.get("scoringScript") and not _runs_by_itself(emulator, properties):
        raise invalid_request("MissingDriverProgram", "Could not find driver program in the request.")


def _not_found(title: str, asset: str) -> ArmError:
    reason = missing(title, asset)
    details = [{"code": reason.code, "message": reason.message}]
    return ArmError(404, "NotFound", "The specified resource was not found.", details=details)


def _runs_by_itself(emulator: Emulator, properties: dict[str, Any]) -> bool:
    model = emulator.resources.get(str(properties.get("model") or ""))
    environment = emulator.resources.get(str(properties.get("environmentId") or ""))
    mlflow = model is not None and model.properties["modelType"] == "mlflow_model"
    return mlflow or (environment is not None and "inferenceConfig" in environment.properties)


def check_not_updating(endpoint: Resource) -> None:
    """Refuse while traffic is being changed: it may be meant for any of the endpoint's deployments.

    Raises:
        ArmError: 409, while the endpoint is being updated.
    """
    state = endpoint.properties["provisioningState"]
    if state == "Updating":
        raise busy(
            f"Cannot delete a deployment in endpoint {endpoint.name} because it is in {state} provisioning state."
        )


def check_no_traffic(endpoint: Resource, name: str) -> None:
    """Refuse to delete an online deployment that has traffic (docs: how-to-safely-rollout-online-endpoints).

    Raises:
        ArmError: 400, while it has live or mirrored traffic.
    """
    for title in ("traffic", "mirrorTraffic"):
        percent = endpoint.properties[title].get(name.lower())
        if percent:
            raise inferencing_error(
                "Traffic",
                f"Deployment {name} of {endpoint.name} cannot be deleted while it has {percent} % of its {title}.",
                code="InferencingClientDeleteDeploymentFailed",
            )
