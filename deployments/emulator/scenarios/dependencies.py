"""States of the resources that a workspace depends on: key vault, container registry, image build compute."""

from __future__ import annotations

from typing import Any

from deployments.emulator.scenarios.changes import registry, sets, vault, workspace
from deployments.emulator.scenarios.scenario import Act, Change, Diagnosis, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.state import Resource

OTHER_SUBSCRIPTION = "99999999-9999-4999-8999-999999999999"
OTHER_TENANT = "88888888-8888-4888-8888-888888888888"
BUILDER = "image-builder"
CLOSED = {"bypass": "None", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}


def _elsewhere(part: str) -> Act:
    """Let the workspace name a resource in another subscription."""

    def act(scene: Scene, resource: Resource) -> None:
        known = str(resource.properties.get(part) or f"{scene.group}/providers/Microsoft.Insights/components/other")
        sets(f"properties.{part}", known.replace(known.split("/")[2], OTHER_SUBSCRIPTION))(scene, resource)

    return act


def _has_registry(tier: str, access: str) -> Act:
    """Let the workspace have a registry, of its own or a new one, and a cluster that builds its images."""

    def act(scene: Scene, resource: Resource) -> None:
        if scene.part("containerRegistry") is None:
            name = f"cr{resource.properties['workspaceId'].replace('-', '')}"
            properties = {"loginServer": f"{name}.azurecr.io", "provisioningState": "Succeeded", "policies": {}}
            identity = f"{scene.group}/providers/Microsoft.ContainerRegistry/registries/{name}"
            scene.emulator.resources.create(identity, properties, location=resource.body["location"], tags={})
            sets("properties.containerRegistry", identity)(scene, resource)
        for one in registry(scene):
            sets("sku", {"name": tier, "tier": tier})(scene, one)
            sets("properties.publicNetworkAccess", access)(scene, one)
        _has_builder(scene, resource)

    return act


def _has_builder(scene: Scene, resource: Resource) -> None:
    identity = f"{resource.id}/computes/{BUILDER}"
    if scene.emulator.resources.get(identity) is None:
        properties = {"computeType": "AmlCompute", "provisioningState": "Succeeded"}
        properties["computeLocation"] = resource.body["location"]
        scene.emulator.resources.create(identity, properties, location=resource.body["location"], tags={})
    sets("properties.imageBuildCompute", BUILDER)(scene, resource)


def _builder(path: str, value: Any) -> Act:
    def act(scene: Scene, resource: Resource) -> None:
        sets(path, value)(scene, scene.emulator.resources.require(f"{resource.id}/computes/{BUILDER}"))

    return act


PRIVATE_REGISTRY = Change(workspace, _has_registry("Premium", "Disabled"))

SCENARIOS = (
    Scenario(
        "insights_in_other_subscription",
        "The workspace's Application Insights is in another subscription.",
        Diagnosis("degraded", "SCORE-WS-003", "az ml workspace create"),
        (Change(workspace, _elsewhere("applicationInsights")),),
    ),
    Scenario(
        "vault_in_other_tenant",
        "The workspace's key vault belongs to another tenant.",
        Diagnosis("degraded", "SCORE-WS-003", "az ml workspace create"),
        (Change(vault, sets("properties.tenantId", OTHER_TENANT)),),
    ),
    Scenario(
        "vault_in_other_subscription",
        "The workspace's key vault is in another subscription, which can't be read.",
        Diagnosis("unknown", "SCORE-WS-003", "az ml workspace create"),
        (Change(workspace, _elsewhere("keyVault")),),
    ),
    Scenario(
        "vault_shuts_azure_out",
        "The key vault's firewall refuses by default, and Azure services are not excepted.",
        Diagnosis("degraded", "SCORE-KV-001", "--bypass AzureServices"),
        (Change(vault, sets("properties.networkAcls", CLOSED)),),
        cure="PATCH vault",
    ),
    Scenario(
        "registry_not_premium",
        "The workspace is private, but its container registry has the SKU Basic, which supports no private endpoint.",
        Diagnosis("degraded", "SCORE-REG-001", "--sku Premium"),
        (Change(workspace, _has_registry("Basic", "Enabled")),),
        cure="PATCH registry",
    ),
    Scenario(
        "image_build_compute_unset",
        "The container registry is private, and the workspace names no compute that builds images.",
        Diagnosis("degraded", "SCORE-REG-002", "--image-build-compute"),
        (PRIVATE_REGISTRY, Change(workspace, sets("properties.imageBuildCompute", None))),
        cure="PATCH workspace",
    ),
    Scenario(
        "image_build_compute_gone",
        "The container registry is private, and the compute that builds images was deleted.",
        Diagnosis("degraded", "SCORE-REG-002", "az ml compute create"),
        (PRIVATE_REGISTRY, Change(workspace, sets("properties.imageBuildCompute", "deleted-cluster"))),
        cure="PATCH workspace",
    ),
    Scenario(
        "image_build_compute_failed",
        "The container registry is private, and the compute that builds images has failed.",
        Diagnosis("degraded", "SCORE-REG-002", "az ml compute create"),
        (PRIVATE_REGISTRY, Change(workspace, _builder("properties.provisioningState", "Failed"))),
        cure="PUT compute",
    ),
)
