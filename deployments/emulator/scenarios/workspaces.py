"""States of the workspace itself, and of its managed network."""

from __future__ import annotations

from deployments.emulator.scenarios.changes import is_stuck, sets, workspace
from deployments.emulator.scenarios.scenario import Act, Change, Diagnosis, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.services.machine_learning.network_isolation import isolation
from deployments.emulator.services.machine_learning.network_isolation.managed_network import rules_of
from deployments.emulator.services.machine_learning.workspaces import routes as workspaces
from deployments.emulator.state import Resource


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


NO_NETWORK = Change(workspace, sets("properties.managedNetwork", {"isolationMode": isolation.DISABLED}))

SCENARIOS = (
    Scenario(
        "v1_legacy_mode",
        "The workspace's v1 legacy mode is on, which disables online endpoints.",
        Diagnosis("unhealthy", "SCORE-WS-001", "Talk to the network security team first"),
        (Change(workspace, sets("properties.v1LegacyMode", value=True)),),
        cure="PATCH workspace",
    ),
    Scenario(
        "workspace_failed",
        "The workspace's last operation has failed.",
        Diagnosis("degraded", "SCORE-WS-002", "az monitor activity-log list"),
        (Change(workspace, sets("properties.provisioningState", "Failed")),),
        cure="PATCH workspace",
    ),
    Scenario(
        "workspace_busy",
        "An update of the workspace does not end.",
        Diagnosis("degraded", "SCORE-WS-002", "az monitor activity-log list"),
        (Change(workspace, is_stuck(workspaces.UPDATE)),),
    ),
    Scenario(
        "azure_diagnosis_warns",
        "Azure's own diagnosis of the workspace reports a problem that no other check covers.",
        Diagnosis("degraded", "SCORE-WS-004", "az ml workspace diagnose"),
        (Change(workspace, _diagnoses),),
        expects={"depth": "always"},
    ),
    Scenario(
        "managed_network_off",
        "The workspace has no managed network, and its deployments have none of their own.",
        Diagnosis("degraded", "SCORE-NET-001", "--managed-network allow_only_approved_outbound"),
        (NO_NETWORK,),
    ),
    Scenario(
        "managed_network_too_open",
        "The managed network allows all outbound traffic, although only approved traffic was requested.",
        Diagnosis("degraded", "SCORE-NET-001", "--managed-network allow_only_approved_outbound"),
        (Change(workspace, sets("properties.managedNetwork.isolationMode", isolation.INTERNET)),),
        expects={"workspace": {"isolation_mode": "allow_only_approved_outbound"}},
        cure="PATCH workspace",
    ),
    Scenario(
        "managed_network_not_provisioned",
        "The managed network was never provisioned.",
        Diagnosis("degraded", "SCORE-NET-002", "az ml workspace provision-network"),
        (Change(workspace, _is_inactive),),
        cure="POST provisionManagedNetwork",
    ),
    Scenario(
        "outbound_rule_failed",
        "An outbound rule has failed, since its target was deleted.",
        Diagnosis("degraded", "SCORE-NET-003", "az ml workspace outbound-rule set --rule search"),
        (Change(workspace, _has_rule("search", "Failed")),),
        cure="PUT outbound rule",
    ),
    Scenario(
        "outbound_rule_under_way",
        "An outbound rule is still being provisioned.",
        Diagnosis("degraded", "SCORE-NET-003", "az ml workspace outbound-rule list"),
        (Change(workspace, _has_rule("search", "Provisioning")),),
        cure="PUT outbound rule",
    ),
    Scenario(
        "outbound_rule_added_by_hand",
        "An outbound rule was added that was not requested.",
        Diagnosis("degraded", "SCORE-NET-004", "az ml workspace outbound-rule remove"),
        (Change(workspace, _has_rule("extra", "Active")),),
        expects={"workspace": {"isolation_mode": "allow_only_approved_outbound"}},
        cure="DELETE outbound rule",
    ),
)
