"""Read a workspace's private network: private endpoints, interfaces, virtual networks and DNS zones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from tasks.clients.transport.arm_async import Reads
from tasks.clients.transport.wire import Json
from tasks.domain.azure.networking.private_network import PrivateAddress, PrivateZone, VirtualNetwork, ZoneLink

NETWORK_API: Final = "2023-11-01"
ZONE_API: Final = "2020-06-01"
RESOURCES_API: Final = "2021-04-01"


async def read_private_endpoint(reads: Reads, resource_id: str) -> Json:
    """Read a private endpoint's JSON.

    Raises:
        NotFound, AccessDenied: For one in a foreign subscription, such as those of a managed network.
    """
    return await reads.read(f"read private endpoint {_short(resource_id)}", resource_id, NETWORK_API)


async def read_addresses(reads: Reads, private_endpoint: Json) -> tuple[PrivateAddress, ...]:
    """Read the addresses on a private endpoint's interfaces."""
    found: list[PrivateAddress] = []
    for interface in private_endpoint["properties"].get("networkInterfaces") or ():
        body = await reads.read(f"read network interface {_short(interface['id'])}", interface["id"], NETWORK_API)
        found += [_as_address(one["properties"]) for one in body["properties"].get("ipConfigurations") or ()]
    return tuple(found)


async def read_virtual_network(reads: Reads, resource_id: str) -> VirtualNetwork:
    """Read a virtual network."""
    body = await reads.read(f"read virtual network {_short(resource_id)}", resource_id, NETWORK_API)
    properties = body["properties"]
    return VirtualNetwork(
        id=body["id"],
        ranges=tuple((properties.get("addressSpace") or {}).get("addressPrefixes") or ()),
        dns_servers=tuple((properties.get("dhcpOptions") or {}).get("dnsServers") or ()),
    )


async def read_zone_ids(reads: Reads, private_endpoint_id: str) -> tuple[str, ...]:
    """Read the ids of the private zones in which Azure maintains a private endpoint's records."""
    path = f"{private_endpoint_id}/privateDnsZoneGroups"
    doing = f"list the DNS zone groups of private endpoint {_short(private_endpoint_id)}"
    groups = await reads.read_all(doing, path, NETWORK_API)
    configurations = [one for group in groups for one in group["properties"].get("privateDnsZoneConfigs") or ()]
    return tuple(one["properties"]["privateDnsZoneId"] for one in configurations)


async def list_zone_ids(reads: Reads, subscription_path: str) -> tuple[str, ...]:
    """List the ids of a subscription's private zones, for private endpoints whose records are maintained manually.

    The list has those that the identity may read, wherever it has a role.
    """
    found = await reads.read_all("list private DNS zones", zones_path(subscription_path), RESOURCES_API)
    return tuple(one["id"] for one in found)


def zones_path(subscription_path: str) -> str:
    """Return the address of a subscription's private zones among its resources.

    The resource manager shows each caller what it may read there; the DNS provider's own list takes a role on the whole
    subscription.
    """
    chosen = urlencode({"$filter": "resourceType eq 'Microsoft.Network/privateDnsZones'"})
    return f"{subscription_path}/resources?{chosen}"


async def read_zone(reads: Reads, resource_id: str) -> PrivateZone:
    """Read a private zone with its A records and its links."""
    name = _short(resource_id)
    records = await reads.read_all(f"list the A records of {name}", f"{resource_id}/A", ZONE_API)
    links = await reads.read_all(f"list the links of {name}", f"{resource_id}/virtualNetworkLinks", ZONE_API)
    return PrivateZone(
        id=resource_id,
        name=name,
        records={one["name"]: _addresses_in(one["properties"].get("aRecords") or ()) for one in records},
        links=tuple(_as_link(one["properties"]) for one in links),
    )


def network_id_of(private_endpoint: Json) -> str:
    """Return the id of the virtual network that a private endpoint's subnet is in."""
    return str(private_endpoint["properties"]["subnet"]["id"]).rsplit("/subnets/", 1)[0]


def zone_named(zone_ids: Iterable[str], name: str) -> str | None:
    """Return the id of the zone with a name; None if it is not among them."""
    return next((one for one in zone_ids if _short(one).lower() == name.lower()), None)


def _as_address(properties: Json) -> PrivateAddress:
    connection = properties.get("privateLinkConnectionProperties") or {}
    return PrivateAddress(
        address=properties.get("privateIPAddress") or "",
        member=connection.get("requiredMemberName") or "",
        host_names=tuple(connection.get("fqdns") or ()),
    )


def _as_link(properties: Json) -> ZoneLink:
    return ZoneLink(
        network_id=properties["virtualNetwork"]["id"], state=properties.get("virtualNetworkLinkState") or ""
    )


def _addresses_in(records: Iterable[Json]) -> tuple[str, ...]:
    return tuple(one["ipv4Address"] for one in records)


def _short(resource_id: str) -> str:
    return resource_id.rsplit("/", 1)[-1]
