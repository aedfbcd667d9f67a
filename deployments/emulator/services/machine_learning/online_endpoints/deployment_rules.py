"""Azure's rules for online deployments, checked before one is accepted."""

from __future__ import annotations

import re
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.durations import seconds_of
from deployments.emulator.errors import ArmError
from deployments.emulator.services.machine_learning import quota
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

FORM = re.compile(r"^[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]$")
MAXIMUM_DEPLOYMENTS = 20
MAXIMUM_INSTANCES = 50
MAXIMUM_TIMEOUT = 180.0


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
    if not FORM.match(name):
        raise inferencing_error(
            "Name", f"Deployment name '{name}' is invalid: 3 to 32 letters, digits and dashes, beginning with a letter."
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


def check_egress(workspace: Resource, old: Resource | None, egress: str) -> None:
    """Check that this egress setting is allowed (docs: concept-secure-online-endpoint).

    Raises:
        ArmError: 400, where it differs from what it was at creation, or the workspace's managed network decides.
    """
    if old and old.properties["egressPublicNetworkAccess"] != egress:
        raise inferencing_error(
            "EgressPublicNetworkAccess", "egressPublicNetworkAccess cannot be changed after the deployment was created."
        )
    if egress == "Disabled" and managed_network.mode_of(workspace) != DISABLED:
        raise inferencing_error(
            "EgressPublicNetworkAccess",
            "egressPublicNetworkAccess cannot be Disabled in a workspace with a managed virtual network, "
            "which controls all outbound traffic.",
        )


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
    """Check the kind of compute and the request timeout.

    Raises:
        ArmError: 400.
    """
    if properties["endpointComputeType"] != "Managed":
        raise invalid_request("UnsupportedComputeType", "The emulator has managed online deployments only.")
    timeout = str(properties["requestSettings"]["requestTimeout"])
    seconds = seconds_of(timeout)
    if seconds is None or seconds > MAXIMUM_TIMEOUT:
        raise inferencing_error(
            "RequestSettings.RequestTimeout",
            f"Invalid request timeout {timeout}: it can be {MAXIMUM_TIMEOUT:.0f} seconds at most.",
        )


def check_assets(emulator: Emulator, properties: dict[str, Any]) -> None:
    """Check that the model, the code and the environment exist, and that there is something to run.

    Raises:
        ArmError: 404 NotFound with the one that is missing; 400 MissingDriverProgram, without any code.
    """
    code = properties.get("codeConfiguration") or {}
    parts = (
        ("model", properties.get("model")),
        ("code", code.get("codeId")),
        ("environment", properties.get("environmentId")),
    )
    for title, asset in parts:
        if asset and emulator.resources.get(str(asset)) is None:
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
                "InferencingClientDeleteDeploymentFailed",
            )
