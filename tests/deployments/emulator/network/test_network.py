"""Virtual networks, private endpoints, private DNS, and the network that the callers are in."""

from __future__ import annotations

from typing import Any

import pytest
from support.emulator.management import Management, error_of
from support.emulator.running import RunningEmulator

VERSION, DNS_VERSION, VAULT_VERSION = "2023-11-01", "2020-06-01", "2023-07-01"
ML_VERSION = "2024-04-01-preview"
ZONE = "privatelink.vaultcore.azure.net"


@pytest.fixture
def management(emulator: RunningEmulator) -> Management:
    return Management(emulator)


@pytest.fixture
def group(management: Management) -> str:
    return management.group()


def network(group: str) -> str:
    return f"{group}/providers/Microsoft.Network/virtualNetworks/v"


def make_network(management: Management, group: str) -> str:
    subnet = {"name": "a", "properties": {"addressPrefix": "10.1.0.0/24"}}
    properties = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": [subnet]}
    management.put(network(group), {"location": "eastus", "properties": properties}, VERSION)
    return f"{network(group)}/subnets/a"


def make_vault(management: Management, group: str) -> str:
    identity = f"{group}/providers/Microsoft.KeyVault/vaults/kv{group[-8:]}"
    tenant = "00000000-0000-0000-0000-000000000000"
    properties = {"tenantId": tenant, "sku": {"name": "standard", "family": "A"}, "accessPolicies": []}
    management.put(identity, {"location": "eastus", "properties": properties}, VAULT_VERSION)
    return identity


def private_endpoint(subnet: str, target: str, group_id: str, *, manual: bool = False) -> dict[str, Any]:
    kind = "manualPrivateLinkServiceConnections" if manual else "privateLinkServiceConnections"
    connection = {"name": "c", "properties": {"privateLinkServiceId": target, "groupIds": [group_id]}}
    return {"location": "eastus", "properties": {"subnet": {"id": subnet}, kind: [connection]}}


def make_zone(management: Management, group: str) -> str:
    zone = f"{group}/providers/Microsoft.Network/privateDnsZones/{ZONE}"
    management.put(zone, {"location": "global"}, DNS_VERSION)
    return zone


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.2.0.0/24", "NetcfgSubnetRangeOutsideVnet"),
        ("10.1.0.128/25", "NetcfgSubnetRangesOverlap"),
        ("10.1.1.1/24", "InvalidCIDRNotation"),
    ],
)
def test_subnets_lie_in_their_network_beside_each_other(
    management: Management, group: str, prefix: str, code: str
) -> None:
    """Azure's codes for the three ways to get it wrong."""
    make_network(management, group)
    wrong = {"properties": {"addressPrefix": prefix}}
    assert error_of(management.ask("PUT", f"{network(group)}/subnets/b", wrong, VERSION)) == (400, code)
    management.put(f"{network(group)}/subnets/b", {"properties": {"addressPrefix": "10.1.1.0/24"}}, VERSION)
    shown = management.get(network(group), VERSION)["properties"]["subnets"]
    assert [subnet["name"] for subnet in shown] == ["a", "b"]


def test_a_private_endpoint_has_addresses_connection_and_names(management: Management, group: str) -> None:
    """And taking it away takes all of them away; a subnet in use can't be deleted before."""
    subnet, target, zone = make_network(management, group), make_vault(management, group), make_zone(management, group)
    identity = f"{group}/providers/Microsoft.Network/privateEndpoints/pe"
    made = management.put(identity, private_endpoint(subnet, target, "vault"), VERSION)["properties"]
    state = made["privateLinkServiceConnections"][0]["properties"]["privateLinkServiceConnectionState"]
    assert state["status"] == "Approved"
    interface = management.get(made["networkInterfaces"][0]["id"], VERSION)
    configuration = interface["properties"]["ipConfigurations"][0]["properties"]
    assert configuration["privateIPAddress"] == "10.1.0.4"
    host = f"kv{group[-8:]}.vault.azure.net"
    assert configuration["privateLinkConnectionProperties"]["fqdns"] == [host]
    assert made["customDnsConfigs"] == [{"fqdn": host, "ipAddresses": ["10.1.0.4"]}]

    wanted = {"properties": {"privateDnsZoneConfigs": [{"name": "z", "properties": {"privateDnsZoneId": zone}}]}}
    management.put(f"{identity}/privateDnsZoneGroups/default", wanted, VERSION)
    records = management.get(f"{zone}/A", DNS_VERSION)["value"]
    assert [(r["name"], r["properties"]["aRecords"]) for r in records] == [
        (f"kv{group[-8:]}", [{"ipv4Address": "10.1.0.4"}])
    ]
    refused = management.ask("DELETE", network(group), version=VERSION)
    assert error_of(refused) == (400, "InUseSubnetCannotBeDeleted")
    refused = management.ask("DELETE", interface["id"], version=VERSION)
    assert error_of(refused) == (400, "NicInUseWithPrivateEndpoint")

    assert management.ask("DELETE", identity, version=VERSION).status_code == 202
    assert management.gone(identity, VERSION)
    assert management.get(f"{zone}/A", DNS_VERSION)["value"] == []
    assert management.get(f"{target}/privateEndpointConnections", VAULT_VERSION)["value"] == []
    assert management.ask("GET", interface["id"], version=VERSION).status_code == 404
    assert management.ask("DELETE", network(group), version=VERSION).status_code == 202


def test_a_connection_asked_for_by_hand_waits_for_approval(management: Management, group: str) -> None:
    """Both ends show its state; when the far end drops it, it is Disconnected."""
    subnet, target = make_network(management, group), make_vault(management, group)
    identity = f"{group}/providers/Microsoft.Network/privateEndpoints/pe"
    management.put(identity, private_endpoint(subnet, target, "vault", manual=True), VERSION)

    def near() -> str:
        connections = management.get(identity, VERSION)["properties"]["manualPrivateLinkServiceConnections"]
        return str(connections[0]["properties"]["privateLinkServiceConnectionState"]["status"])

    connection = management.get(f"{target}/privateEndpointConnections", VAULT_VERSION)["value"][0]
    assert near() == "Pending"
    approved = {"privateLinkServiceConnectionState": {"status": "Approved", "description": "fine"}}
    management.put(connection["id"], {"properties": approved}, VAULT_VERSION)
    assert near() == "Approved"
    shown = management.get(target, VAULT_VERSION)["properties"]["privateEndpointConnections"][0]
    assert shown["properties"]["privateLinkServiceConnectionState"]["description"] == "fine"
    assert management.ask("DELETE", connection["id"], version=VAULT_VERSION).status_code == 200
    assert near() == "Disconnected"


def test_private_endpoints_lead_only_where_they_can(management: Management, group: str) -> None:
    """To a resource that exists, by a sub-resource that it has, to a registry only in Premium."""
    subnet, target = make_network(management, group), make_vault(management, group)
    registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/cr{group[-8:]}"
    management.put(registry, {"location": "eastus", "sku": {"name": "Basic"}, "properties": {}}, VAULT_VERSION)
    identity = f"{group}/providers/Microsoft.Network/privateEndpoints/pe"
    cases = [
        (private_endpoint(subnet, target + "x", "vault"), "InvalidResourceReference"),
        (private_endpoint(subnet + "x", target, "vault"), "InvalidResourceReference"),
        (private_endpoint(subnet, target, "blob"), "PrivateEndpointInvalidGroupIds"),
        (private_endpoint(subnet, registry, "registry"), "PrivateEndpointConnectionsNotSupported"),
    ]
    found = [error_of(management.ask("PUT", identity, body, VERSION)) for body, _ in cases]
    assert found == [(400, code) for _, code in cases]


def test_zones_hold_records_and_links(management: Management, group: str) -> None:
    """A zone with links can't be deleted; a network is linked to a zone's name once."""
    make_network(management, group)
    zone = make_zone(management, group)
    link = {
        "location": "global",
        "properties": {"virtualNetwork": {"id": network(group)}, "registrationEnabled": False},
    }
    made = management.put(f"{zone}/virtualNetworkLinks/l", link, DNS_VERSION)
    assert made["properties"]["virtualNetworkLinkState"] == "Completed"
    record = {"properties": {"ttl": 300, "aRecords": [{"ipv4Address": "10.1.0.9"}]}}
    assert management.ask("PUT", f"{zone}/A/x", record, DNS_VERSION).status_code == 201
    assert management.ask("PUT", f"{zone}/A/x", record, DNS_VERSION).status_code == 200
    assert management.get(f"{zone}/A/x", DNS_VERSION)["properties"]["fqdn"] == f"x.{ZONE}."
    names = [(r["type"].rsplit("/", 1)[-1], r["name"]) for r in management.get(f"{zone}/ALL", DNS_VERSION)["value"]]
    assert names == [("A", "x"), ("SOA", "@")]
    counted = management.get(zone, DNS_VERSION)["properties"]
    assert (counted["numberOfRecordSets"], counted["numberOfVirtualNetworkLinks"]) == (2, 1)
    assert error_of(management.ask("DELETE", zone, version=DNS_VERSION)) == (409, "CannotDeleteResource")
    missing = management.ask("GET", f"{zone}/A/y", version=DNS_VERSION)
    assert error_of(missing) == (404, "NotFound")
    second = make_zone(management, management.group())
    again = management.ask("PUT", f"{second}/virtualNetworkLinks/l", link, DNS_VERSION)
    assert error_of(again) == (400, "BadRequest")
    assert management.ask("DELETE", f"{zone}/virtualNetworkLinks/l", version=DNS_VERSION).status_code == 202
    assert management.gone(f"{zone}/virtualNetworkLinks/l", DNS_VERSION)
    assert management.ask("DELETE", zone, version=DNS_VERSION).status_code == 202


def test_a_zone_group_is_one_and_grows(management: Management, group: str) -> None:
    """A second group on one private endpoint is refused, a second zone in the one that is there is not."""
    subnet, target, zone = make_network(management, group), make_vault(management, group), make_zone(management, group)
    other = make_zone(management, management.group())
    identity = f"{group}/providers/Microsoft.Network/privateEndpoints/pe"
    management.put(identity, private_endpoint(subnet, target, "vault"), VERSION)
    management.put(f"{identity}/privateDnsZoneGroups/default", zone_group(zone), VERSION)
    second = management.ask("PUT", f"{identity}/privateDnsZoneGroups/other", zone_group(other), VERSION)
    assert error_of(second) == (400, "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed")
    grown = management.put(f"{identity}/privateDnsZoneGroups/default", zone_group(zone, other), VERSION)
    configurations = grown["properties"]["privateDnsZoneConfigs"]
    assert [one["properties"]["privateDnsZoneId"] for one in configurations] == [zone, other]
    for wrong in (f"{zone}x", network(group)):
        refused = management.ask("PUT", f"{identity}/privateDnsZoneGroups/default", zone_group(wrong), VERSION)
        assert error_of(refused) == (400, "InvalidPrivateDnsZoneIds")


def zone_group(*zones: str) -> dict[str, Any]:
    configurations = [{"name": f"z{at}", "properties": {"privateDnsZoneId": one}} for at, one in enumerate(zones)]
    return {"properties": {"privateDnsZoneConfigs": configurations}}


def test_what_a_write_points_at_takes_rights_too(management: Management, group: str) -> None:
    """To join a subnet, to approve at the target and to join a zone; a request for approval takes no right there."""
    subnet, target, zone = make_network(management, group), make_vault(management, group), make_zone(management, group)
    home = management.group()
    roles = {home: "Contributor", group: "Reader"}
    guest = Management(management.emulator, management.emulator.control("POST", "/principals", {"roles": roles}).json())
    identity = f"{home}/providers/Microsoft.Network/privateEndpoints/pe"
    refused = guest.ask("PUT", identity, private_endpoint(subnet, target, "vault"), VERSION)
    assert error_of(refused) == (403, "LinkedAuthorizationFailed")
    for word in ("subnets/join/action", subnet, "vaults/PrivateEndpointConnectionsApproval/action", target):
        assert word in refused.text
    roles |= {subnet: "Contributor"}
    guest = Management(management.emulator, management.emulator.control("POST", "/principals", {"roles": roles}).json())
    guest.put(identity, private_endpoint(subnet, target, "vault", manual=True), VERSION)
    refused = guest.ask("PUT", f"{identity}/privateDnsZoneGroups/default", zone_group(zone), VERSION)
    assert error_of(refused) == (403, "LinkedAuthorizationFailed")
    assert "Microsoft.Network/privateDnsZones/join/action" in refused.text
