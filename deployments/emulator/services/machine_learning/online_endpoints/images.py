"""Container images: none is built, but what prevents Azure from building or pulling one does so here."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.services.machine_learning.network_isolation import managed_network
from deployments.emulator.services.machine_learning.network_isolation.isolation import APPROVED
from deployments.emulator.state import Resource


def check(emulator: Emulator, workspace: Resource, deployment: Resource) -> None:
    """Check that an online deployment's image could be built and pulled (guide; docs: troubleshoot-online-endpoints).

    Raises:
        ArmError: 400 ImageBuildFailure, for a registry behind private endpoints that isn't Premium, and for a private
            one without a compute that builds images.
    """
    registry_id = workspace.properties.get("containerRegistry")
    if not registry_id or not _is_built(emulator, deployment):
        return
    registry = emulator.resources.get(registry_id)
    if registry is None:
        raise _failure(f"The container registry '{registry_id}' of the workspace could not be found.")
    private = _lower(registry.properties.get("publicNetworkAccess")) == "disabled"
    if private or managed_network.mode_of(workspace) == APPROVED:
        _check_sku(registry)
    if private:
        _check_compute(emulator, workspace)


def _lower(value: Any) -> str:
    return str(value or "").lower()


def _is_built(emulator: Emulator, deployment: Resource) -> bool:
    """An environment with a conda file or a Dockerfile has to be built; a ready image is pulled as it is.

    So is the one that serves an MLflow model without environment, which installs the model's packages when it starts.
    """
    environment = emulator.resources.get(str(deployment.properties.get("environmentId") or ""))
    return environment is not None and bool(
        environment.properties.get("condaFile") or environment.properties.get("build")
    )


def _check_sku(registry: Resource) -> None:
    sku = str((registry.body.get("sku") or {}).get("name", ""))
    if sku.lower() != "premium":
        raise _failure(
            f"failed to communicate with the workspace's container registry: '{registry.id}' has the SKU '{sku}', "
            "but private endpoints need Premium."
        )


def _check_compute(emulator: Emulator, workspace: Resource) -> None:
    name = workspace.properties.get("imageBuildCompute")
    if not name:
        raise _failure(
            "ImageBuildComputeNotValid: failed to communicate with the workspace's container registry, "
            "which has no public access. Set the workspace's image_build_compute to a compute cluster of the workspace."
        )
    if emulator.resources.get(f"{workspace.id}/computes/{name}") is None:
        raise _failure(f"ImageBuildComputeNotValid: the workspace has no compute '{name}', its image_build_compute.")


def _failure(reason: str) -> ArmError:
    return ArmError(
        400,
        "ImageBuildFailure",
        f"Image build failed: {reason} Please see troubleshooting guide, available here: "
        "https://aka.ms/oe-tsg#error-imagebuildfailure",
    )
