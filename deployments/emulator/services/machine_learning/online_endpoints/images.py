"""Container images: none is built, but what prevents Azure from building or pulling one does so here."""

from __future__ import annotations

import hashlib
import json

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.services import container_registry
from deployments.emulator.services.machine_learning.identities import assigned_roles
from deployments.emulator.services.machine_learning.network_isolation import managed_network
from deployments.emulator.services.machine_learning.network_isolation.isolation import APPROVED
from deployments.emulator.services.machine_learning.online_endpoints import package_sources
from deployments.emulator.state import Resource


def build(emulator: Emulator, workspace: Resource, deployment: Resource) -> None:
    """Build an online deployment's image, as far as Azure would get (docs: troubleshoot-online-endpoints).

    The first image brings the workspace's registry. The same image is not built twice.

    Raises:
        ArmError: 400 ImageBuildFailure, for a registry behind private endpoints that isn't Premium, for a private
            registry or storage account without a compute that builds images, and for package sources that the managed
            network does not allow.
    """
    environment = emulator.resources.get(str(deployment.properties.get("environmentId") or ""))
    if environment is None or not (environment.properties.get("condaFile") or environment.properties.get("build")):
        return  # a ready image is pulled as it is
    registry = _registry_of(emulator, workspace)
    image = hashlib.sha256(json.dumps(environment.properties, sort_keys=True).encode()).hexdigest()
    if registry is None or image not in registry.private.get("images", ()):
        _check(emulator, workspace, registry, environment)
    registry = registry or _make_registry(emulator, workspace)
    registry.private["images"] = sorted({*registry.private.get("images", ()), image})
    emulator.resources.save(registry)


def _registry_of(emulator: Emulator, workspace: Resource) -> Resource | None:
    registry_id = workspace.properties.get("containerRegistry")
    registry = emulator.resources.get(registry_id) if registry_id else None
    if registry_id and registry is None:
        raise _failure(f"The container registry '{registry_id}' of the workspace could not be found.")
    return registry


def _make_registry(emulator: Emulator, workspace: Resource) -> Resource:
    registry = container_registry.make_for(emulator, workspace)
    workspace.properties["containerRegistry"] = registry.id
    managed_network.apply(emulator, workspace, {})
    emulator.resources.save(workspace)
    assigned_roles.assign_to_workspace(emulator, workspace)
    return registry


def _check(emulator: Emulator, workspace: Resource, registry: Resource | None, environment: Resource) -> None:
    approved = managed_network.mode_of(workspace) == APPROVED
    private = registry is not None and _is_private(registry)
    if registry and (private or approved):
        _check_sku(registry)
    storage = emulator.resources.get(str(workspace.properties.get("storageAccount") or ""))
    if private or (storage is not None and _is_private(storage)):
        _check_compute(emulator, workspace)
    if approved:
        _check_packages(workspace, environment)


def _check_packages(workspace: Resource, environment: Resource) -> None:
    conda = environment.properties.get("condaFile")
    missing = package_sources.unreachable(conda, managed_network.rules_of(workspace)) if conda else []
    if missing:
        raise _failure(package_sources.complaint(missing[0]))


def _is_private(resource: Resource) -> bool:
    return str(resource.properties.get("publicNetworkAccess") or "").lower() == "disabled"


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
