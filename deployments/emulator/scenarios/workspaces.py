"""States of the workspace itself, of its managed network, and of what it stands on."""

from __future__ import annotations

from typing import Any

from deployments.emulator.scenarios.changes import registry, sets, vault, workspace
from deployments.emulator.scenarios.scenario import Act, Change, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.services.machine_learning import isolation, workspaces
from deployments.emulator.services.machine_learning.managed_network import rules_of
from deployments.emulator.state import Resource

OTHER_SUBSCRIPTION = "99999999-9999-4999-8999-999999999999"
OTHER_TENANT = "88888888-8888-4888-8888-888888888888"
BUILDER = "image-builder"


def _is_busy(scene: Scene, resource: Resource) -> None:
    operation = scene.emulator.operations.start(workspaces.UPDATE, resource.id, data={"by": "service"})
    operation.stalled = True
    scene.undo.append(lambda: scene.emulator.operations.cancel(resource.id))
    sets("properties.provisioningState", "Updating")(scene, resource)


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
            kind = "Microsoft.ContainerRegistry/registries"
            name = f"cr{resource.properties['workspaceId'].replace('-', '')}"
            properties = {"loginServer": f"{name}.azurecr.io", "provisioningState": "Succeeded", "policies": {}}
            identity = f"{scene.group}/providers/{kind}/{name}"
            scene.add(identity, kind, properties, location=resource.body["location"], tags={})
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
        kind = "Microsoft.MachineLearningServices/workspaces/computes"
        scene.add(identity, kind, properties, location=resource.body["location"], tags={})
    sets("properties.imageBuildCompute", BUILDER)(scene, resource)


def _builder(path: str, value: Any) -> Act:
    def act(scene: Scene, resource: Resource) -> None:
        sets(path, value)(scene, scene.emulator.resources.require(f"{resource.id}/computes/{BUILDER}"))

    return act


def _has_rule(name: str, status: str) -> Act:
    """Let the managed network have a rule of the users', in some state."""

    def act(scene: Scene, resource: Resource) -> None:
        target = f"{scene.group}/providers/Microsoft.Search/searchServices/{name}"
        destination = {"serviceResourceId": target, "subresourceTarget": "searchService", "sparkEnabled": False}
        rule = {"type": "PrivateEndpoint", "destination": destination, "status": status, "category": "UserDefined"}
        sets("properties.managedNetwork.outboundRules", {name: rule, **rules_of(resource)})(scene, resource)

    return act


def _is_inactive(scene: Scene, resource: Resource) -> None:
    network = resource.properties["managedNetwork"]
    rules = {name: {**rule, "status": "Inactive"} for name, rule in rules_of(resource).items()}
    status = {"status": "Inactive", "sparkReady": False}
    sets("properties.managedNetwork", {**network, "status": status, "outboundRules": rules})(scene, resource)


def _diagnoses(scene: Scene, resource: Resource) -> None:
    message = "The workspace's virtual network uses a custom DNS server, whose configuration could not be checked."
    found = {"code": "CustomDnsInUse", "level": "Warning", "message": message}
    resource.private = {**resource.private, "diagnosis": {"dnsResolutionResults": [found]}}
    scene.emulator.resources.save(resource)


PRIVATE_REGISTRY = Change(workspace, _has_registry("Premium", "Disabled"))
NO_NETWORK = Change(workspace, sets("properties.managedNetwork", {"isolationMode": isolation.DISABLED}))
CLOSED = {"bypass": "None", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}

SCENARIOS = (
    Scenario(
        "v1_legacy_mode",
        "The workspace's v1 legacy mode is on, which turns off everything about online endpoints.",
        "unhealthy",
        "SCORE-WS-001",
        "Talk to the network security team first",
        (Change(workspace, sets("properties.v1LegacyMode", value=True)),),
        cure="PATCH workspace",
    ),
    Scenario(
        "workspace_failed",
        "The workspace's last operation has failed.",
        "degraded",
        "SCORE-WS-002",
        "az monitor activity-log list",
        (Change(workspace, sets("properties.provisioningState", "Failed")),),
        cure="PATCH workspace",
    ),
    Scenario(
        "workspace_busy",
        "An update of the workspace doesn't come to its end.",
        "degraded",
        "SCORE-WS-002",
        "az monitor activity-log list",
        (Change(workspace, _is_busy),),
    ),
    Scenario(
        "insights_in_other_subscription",
        "The workspace's Application Insights is in another subscription.",
        "degraded",
        "SCORE-WS-003",
        "az ml workspace create",
        (Change(workspace, _elsewhere("applicationInsights")),),
    ),
    Scenario(
        "vault_in_other_tenant",
        "The workspace's key vault belongs to another tenant.",
        "degraded",
        "SCORE-WS-003",
        "az ml workspace create",
        (Change(vault, sets("properties.tenantId", OTHER_TENANT)),),
    ),
    Scenario(
        "vault_in_other_subscription",
        "The workspace's key vault is in another subscription, which can't be read.",
        "unknown",
        "SCORE-WS-003",
        "az ml workspace create",
        (Change(workspace, _elsewhere("keyVault")),),
    ),
    Scenario(
        "azure_diagnosis_warns",
        "Azure's own diagnosis of the workspace warns of something that no other check looks at.",
        "degraded",
        "SCORE-WS-004",
        "az ml workspace diagnose",
        (Change(workspace, _diagnoses),),
        expects={"depth": "always"},
    ),
    Scenario(
        "managed_network_off",
        "The workspace has no managed network, and its deployments have none of their own.",
        "degraded",
        "SCORE-NET-001",
        "--managed-network allow_only_approved_outbound",
        (NO_NETWORK,),
    ),
    Scenario(
        "managed_network_too_open",
        "The managed network lets all outbound traffic pass, and only approved traffic was asked for.",
        "degraded",
        "SCORE-NET-001",
        "--managed-network allow_only_approved_outbound",
        (Change(workspace, sets("properties.managedNetwork.isolationMode", isolation.INTERNET)),),
        expects={"workspace": {"isolation_mode": "allow_only_approved_outbound"}},
        cure="PATCH workspace",
    ),
    Scenario(
        "managed_network_not_provisioned",
        "The managed network was never provisioned.",
        "degraded",
        "SCORE-NET-002",
        "az ml workspace provision-network",
        (Change(workspace, _is_inactive),),
        cure="POST provisionManagedNetwork",
    ),
    Scenario(
        "outbound_rule_failed",
        "An outbound rule has failed, since the resource that it leads to is gone.",
        "degraded",
        "SCORE-NET-003",
        "az ml workspace outbound-rule set --rule search",
        (Change(workspace, _has_rule("search", "Failed")),),
        cure="PUT outbound rule",
    ),
    Scenario(
        "outbound_rule_under_way",
        "An outbound rule is still being provisioned.",
        "degraded",
        "SCORE-NET-003",
        "az ml workspace outbound-rule list",
        (Change(workspace, _has_rule("search", "Provisioning")),),
        cure="PUT outbound rule",
    ),
    Scenario(
        "outbound_rule_added_by_hand",
        "Somebody has added an outbound rule that was not asked for.",
        "degraded",
        "SCORE-NET-004",
        "az ml workspace outbound-rule remove",
        (Change(workspace, _has_rule("extra", "Active")),),
        expects={"workspace": {"isolation_mode": "allow_only_approved_outbound"}},
        cure="DELETE outbound rule",
    ),
    Scenario(
        "vault_shuts_azure_out",
        "The key vault's firewall refuses by default, and Azure services are not excepted.",
        "degraded",
        "SCORE-KV-001",
        "--bypass AzureServices",
        (Change(vault, sets("properties.networkAcls", CLOSED)),),
        cure="PATCH vault",
    ),
    Scenario(
        "registry_not_premium",
        "The workspace is private, but its container registry is a Basic one, which can have no private endpoint.",
        "degraded",
        "SCORE-REG-001",
        "--sku Premium",
        (Change(workspace, _has_registry("Basic", "Enabled")),),
        cure="PATCH registry",
    ),
    Scenario(
        "image_build_compute_unset",
        "The container registry is private, and the workspace names no compute that builds images.",
        "degraded",
        "SCORE-REG-002",
        "--image-build-compute",
        (PRIVATE_REGISTRY, Change(workspace, sets("properties.imageBuildCompute", None))),
        cure="PATCH workspace",
    ),
    Scenario(
        "image_build_compute_gone",
        "The container registry is private, and the compute that builds images was deleted.",
        "degraded",
        "SCORE-REG-002",
        "az ml compute create",
        (PRIVATE_REGISTRY, Change(workspace, sets("properties.imageBuildCompute", "deleted-cluster"))),
        cure="PATCH workspace",
    ),
    Scenario(
        "image_build_compute_failed",
        "The container registry is private, and the compute that builds images has failed.",
        "degraded",
        "SCORE-REG-002",
        "az ml compute create",
        (PRIVATE_REGISTRY, Change(workspace, _builder("properties.provisioningState", "Failed"))),
        cure="PUT compute",
    ),
)
