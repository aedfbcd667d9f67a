"""The ordinary writes of the control plane that cure a scenario, for those that such a write cures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.scenarios.stage import ScenarioStage
from support.waiting import until

ML, NETWORK, ZONES, VAULTS, REGISTRIES, LINKS = (
    *("2024-10-01-preview", "2023-11-01", "2020-06-01", "2023-07-01", "2023-07-01", "2023-01-01"),
)
ZONE = "privatelink.api.azureml.ms"
APPROVED = {"privateLinkServiceConnectionState": {"status": "Approved"}}
Cure = Callable[[ScenarioStage], None]


def write(stage: ScenarioStage, method: str, path: str, body: Any, version: str) -> None:
    """A write that has to succeed, and its operation's end."""
    answer = stage.management.ask(method, path, body, version)
    assert answer.status_code in (200, 201, 202, 204), answer.text
    stage.emulator.advance(1)
    if method in ("PUT", "PATCH"):
        until(lambda: is_settled(stage.management.get(path, version)), f"{path} to settle")


def is_settled(resource: dict[str, Any]) -> bool:
    return resource["properties"].get("provisioningState", "Succeeded") in ("Succeeded", "Failed", "Canceled")


def workspace(properties: dict[str, Any], **rest: Any) -> Cure:
    """PATCH the workspace."""
    return lambda stage: write(stage, "PATCH", home(stage), {"properties": properties, **rest}, ML)


def endpoint(properties: dict[str, Any]) -> Cure:
    """PATCH the endpoint."""
    return lambda stage: write(stage, "PATCH", scored(stage), {"properties": properties}, ML)


def home(stage: ScenarioStage) -> str:
    return str(stage.workspace["id"])


def scored(stage: ScenarioStage) -> str:
    return f"{home(stage)}/onlineEndpoints/{stage.endpoint}"


def named(stage: ScenarioStage, part: str) -> str:
    """The id of something that the workspace names."""
    return str(stage.management.get(home(stage), ML)["properties"][part])


def network(stage: ScenarioStage) -> str:
    return f"{stage.management.subscription}/resourceGroups/network/providers/Microsoft.Network"


def provision(stage: ScenarioStage) -> None:
    write(stage, "POST", f"{home(stage)}/provisionManagedNetwork", {}, ML)


def remove_rule(name: str) -> Cure:
    """Remove an outbound rule; one whose target does not exist can't be written again."""

    def cure(stage: ScenarioStage) -> None:
        write(stage, "DELETE", f"{home(stage)}/outboundRules/{name}", None, ML)

    return cure


def open_vault(stage: ScenarioStage) -> None:
    write(
        stage, "PATCH", named(stage, "keyVault"), {"properties": {"networkAcls": {"bypass": "AzureServices"}}}, VAULTS
    )


def raise_registry(stage: ScenarioStage) -> None:
    write(stage, "PATCH", named(stage, "containerRegistry"), {"sku": {"name": "Premium"}}, REGISTRIES)


def make_cluster(stage: ScenarioStage) -> None:
    body = {"properties": {"computeType": "AmlCompute", "properties": {"vmSize": "STANDARD_DS3_V2"}}}
    write(stage, "PUT", f"{home(stage)}/computes/image-builder", body, ML)


def approve(part: str) -> Cure:
    """Approve every pending connection of the workspace, or of something that it names."""

    def cure(stage: ScenarioStage) -> None:
        owner = named(stage, part) if part else home(stage)
        version = {"": ML, "containerRegistry": REGISTRIES}.get(part, LINKS)
        for one in stage.management.get(f"{owner}/privateEndpointConnections", version)["value"]:
            write(stage, "PUT", one["id"], {"properties": APPROVED}, version)

    return cure


def make_private_endpoint(stage: ScenarioStage) -> None:
    """As `az network private-endpoint create` and `dns-zone-group create` do."""
    path = f"{network(stage)}/privateEndpoints/pe-again"
    target = {"privateLinkServiceId": home(stage), "groupIds": ["amlworkspace"]}
    body = {
        "location": "eastus",
        "properties": {
            "subnet": {"id": f"{network(stage)}/virtualNetworks/callers/subnets/default"},
            "privateLinkServiceConnections": [{"name": "again", "properties": target}],
        },
    }
    write(stage, "PUT", path, body, NETWORK)
    keep_records(stage, path)


def keep_records(stage: ScenarioStage, private_endpoint: str) -> None:
    zones = [f"{network(stage)}/privateDnsZones/{name}" for name in (ZONE, "privatelink.notebooks.azure.net")]
    configurations = [{"name": zone.rsplit("/", 1)[-1], "properties": {"privateDnsZoneId": zone}} for zone in zones]
    body = {"properties": {"privateDnsZoneConfigs": configurations}}
    write(stage, "PUT", f"{private_endpoint}/privateDnsZoneGroups/default", body, NETWORK)


def replace_private_endpoint(stage: ScenarioStage) -> None:
    write(stage, "DELETE", private_endpoint_of(stage), None, NETWORK)
    make_private_endpoint(stage)


def private_endpoint_of(stage: ScenarioStage) -> str:
    connections = stage.management.get(f"{home(stage)}/privateEndpointConnections", ML)["value"]
    return str(connections[0]["properties"]["privateEndpoint"]["id"])


def write_record(stage: ScenarioStage) -> None:
    found = stage.management.get(private_endpoint_of(stage), NETWORK)["properties"]["customDnsConfigs"]
    address = next(one["ipAddresses"][0] for one in found if ".inference." in one["fqdn"])
    record = f"*.{named(stage, 'workspaceId')}.inference.{stage.workspace['location']}"
    body = {"properties": {"ttl": 10, "aRecords": [{"ipv4Address": address}]}}
    write(stage, "PUT", f"{network(stage)}/privateDnsZones/{ZONE}/A/{record}", body, ZONES)


def link_zone(stage: ScenarioStage) -> None:
    callers = {"virtualNetwork": {"id": f"{network(stage)}/virtualNetworks/callers"}, "registrationEnabled": False}
    path = f"{network(stage)}/privateDnsZones/{ZONE}/virtualNetworkLinks/callers"
    write(stage, "PUT", path, {"location": "global", "properties": callers}, ZONES)


def make_zone(stage: ScenarioStage) -> None:
    write(stage, "PUT", f"{network(stage)}/privateDnsZones/{ZONE}", {"location": "global"}, ZONES)
    link_zone(stage)
    keep_records(stage, private_endpoint_of(stage))


def update_deployment(stage: ScenarioStage) -> None:
    write(stage, "PATCH", f"{scored(stage)}/deployments/blue", {"tags": {"tried": "again"}}, ML)


def remove_spare(stage: ScenarioStage) -> None:
    write(stage, "DELETE", f"{scored(stage)}/deployments/spare", None, ML)


BUILDER = {"imageBuildCompute": "image-builder"}
ALL_BLUE = endpoint({"traffic": {"blue": 100}})

CURES: dict[str, Cure] = {
    "v1_legacy_mode": workspace({"v1LegacyMode": False}),
    "workspace_failed": workspace({}, tags={"tried": "again"}),
    "managed_network_too_open": workspace({"managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}}),
    "managed_network_not_provisioned": provision,
    "outbound_rule_failed": remove_rule("search"),
    "outbound_rule_under_way": remove_rule("search"),
    "outbound_rule_added_by_hand": remove_rule("extra"),
    "vault_shuts_azure_out": open_vault,
    "registry_not_premium": raise_registry,
    "image_build_compute_unset": workspace(BUILDER),
    "image_build_compute_gone": workspace(BUILDER),
    "image_build_compute_failed": make_cluster,
    "registry_connection_pending": approve("containerRegistry"),
    "storage_connection_pending": approve("storageAccount"),
    "private_endpoint_deleted": make_private_endpoint,
    "private_endpoint_pending": approve(""),
    "private_endpoint_rejected": approve(""),
    "private_endpoint_is_old": replace_private_endpoint,
    "record_missing": write_record,
    "record_outdated": write_record,
    "zone_deleted": make_zone,
    "zone_not_linked": link_zone,
    "zone_link_under_way": link_zone,
    "endpoint_failed": endpoint({}),
    "image_build_failed": update_deployment,
    "quota_used_up": update_deployment,
    "spare_deployment_failed": remove_spare,
    "traffic_zero": ALL_BLUE,
    "traffic_to_missing_deployment": ALL_BLUE,
    "public_access_on": endpoint({"publicNetworkAccess": "Disabled"}),
}
