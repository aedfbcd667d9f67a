"""The network that every team has and its callers are in, and private access from there to a workspace."""

from __future__ import annotations

from deployments.emulator.arm_template.hashing import unique_string
from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Vantage
from deployments.emulator.services import private_dns, private_link
from deployments.emulator.services.network import subnets, zone_groups
from deployments.emulator.services.network.private_endpoints import (
    PRIVATE_ENDPOINTS,
    establish,
    groups_of,
    make_private_endpoint,
    subnet_of,
)
from deployments.emulator.services.network.virtual_networks import make_network
from deployments.emulator.services.resources.groups import make_group
from deployments.emulator.state import Resource

GROUP, NETWORK, SUBNET = "network", "callers", "default"
LOCATION = "eastus"
ADDRESSES, SUBNET_ADDRESSES = "10.20.0.0/16", "10.20.0.0/20"


def set_up(emulator: Emulator) -> None:
    """Seed the group and the network with its subnet, unless the group is there; no zone, no private endpoint."""
    identity = _group_id(emulator)
    if emulator.resources.get(identity):
        return
    group = make_group(emulator, identity, LOCATION, None)
    network = make_network(emulator, group, NETWORK, ADDRESSES)
    subnets.make_subnet(emulator, network, SUBNET, {"addressPrefix": SUBNET_ADDRESSES})


def _group_id(emulator: Emulator) -> str:
    return f"/subscriptions/{emulator.resources.setting('subscription', str)}/resourceGroups/{GROUP}"


def network_id(emulator: Emulator) -> str:
    """The virtual network that callers inside are in."""
    return f"{_group_id(emulator)}/providers/Microsoft.Network/virtualNetworks/{NETWORK}"


def connect_workspace(emulator: Emulator, workspace: Resource) -> None:
    """Give a workspace a private endpoint in the callers' network, and its storage account one if it is closed.

    Both with records in private zones that the network sees.

    Where that network was deleted, there is nothing to connect to.
    """
    subnet = emulator.resources.get(f"{network_id(emulator)}/subnets/{SUBNET}")
    if subnet is None:
        return
    _connect(emulator, subnet, workspace, "amlworkspace", private_link.WORKSPACE_ZONES["public"])
    account = emulator.resources.get(str(workspace.properties.get("storageAccount")))
    if account and str(account.properties.get("publicNetworkAccess")).lower() == "disabled":
        _connect(emulator, subnet, account, "blob", private_link.BLOB_ZONES)


def _connect(emulator: Emulator, subnet: Resource, target: Resource, group: str, zones: tuple[str, ...]) -> None:
    identity = private_endpoint_id(emulator, target)
    emulator.removal.remove(identity)  # it led to an earlier resource of this name
    private_endpoint = make_private_endpoint(emulator, identity, subnet.id, target.id, group)
    zone_groups.make_zone_group(emulator, private_endpoint, "default", _zones(emulator, zones))
    establish(emulator, private_endpoint)


def private_endpoint_id(emulator: Emulator, target: Resource) -> str:
    """The private endpoint that `connect_workspace` makes for the workspace or its storage account."""
    name = f"pe-{target.name}-{unique_string([target.id.lower()])}"
    return f"{_group_id(emulator)}/providers/{PRIVATE_ENDPOINTS.type}/{name}"


def _zones(emulator: Emulator, names: tuple[str, ...]) -> list[Resource]:
    """The zones of these names that the network is linked to, whoever owns them; made where there are none."""
    linked = {zone.name.lower(): zone for zone in private_dns.zones_seen_from(emulator, network_id(emulator))}
    return [linked.get(name) or _linked_zone(emulator, name) for name in names]


def _linked_zone(emulator: Emulator, name: str) -> Resource:
    zone = private_dns.make_zone(emulator, _group_id(emulator), name)
    private_dns.make_link(emulator, zone, NETWORK, network_id(emulator))
    return zone


def reaches(emulator: Emulator, vantage: Vantage, target: Resource, group: str = "") -> bool:
    """Return whether a caller at this vantage point reaches a resource, or one part of it, by a private endpoint.

    It does from inside the callers' network, where an approved connection has its private endpoint there. `group` is
    the sub-resource, such as a storage account's `blob`.
    """
    if vantage != "virtual_network":
        return False
    for connection in private_link.connections_of(emulator, target.id):
        private_endpoint = emulator.resources.get(connection.properties["privateEndpoint"]["id"])
        approved = private_link.status_of(connection) == private_link.APPROVED
        leads_there = private_endpoint and (not group or group in groups_of(private_endpoint))
        if approved and private_endpoint and leads_there and _is_inside(emulator, private_endpoint):
            return True
    return False


def _is_inside(emulator: Emulator, private_endpoint: Resource) -> bool:
    return subnets.network_of(subnet_of(private_endpoint)).lower() == network_id(emulator).lower()
