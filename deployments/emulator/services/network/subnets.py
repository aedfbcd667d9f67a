"""Subnets of virtual networks, and the addresses in them."""

from __future__ import annotations

import ipaddress
import itertools
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services import polling
from deployments.emulator.services.network.common import NAMESPACE, STATUSES, etag
from deployments.emulator.services.resources.groups import GROUP, group_id
from deployments.emulator.services.tracked import begin_delete, status_address
from deployments.emulator.state import Resource, parent_of

SUBNETS = GROUP + f"/providers/{NAMESPACE}/virtualNetworks/{{name}}/subnets"
TYPE = f"{NAMESPACE}/virtualNetworks/subnets"
WRITE, DELETE = "subnets.write", "subnets.delete"
# The network's own address and the three after it belong to Azure, as does the last one.
RESERVED = 4


def routes() -> list[Route]:
    """Subnets."""
    return [
        Route("GET", SUBNETS, _list),
        Route("GET", SUBNETS + "/{subnet}", _get),
        Route("PUT", SUBNETS + "/{subnet}", _put),
        Route("DELETE", SUBNETS + "/{subnet}", _delete),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how operations on subnets end."""
    emulator.operations.completes(WRITE, _settled)
    emulator.operations.completes(DELETE, _removed)


def make_subnet(emulator: Emulator, network: Resource, name: str, desired: dict[str, Any]) -> Resource:
    """A finished subnet.

    Raises:
        ArmError: 400, where its range is outside the network's or overlaps another subnet's.
    """
    identity = f"{network.id}/subnets/{name}"
    _check_range(emulator, network, identity, desired)
    policies = {"privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"}
    given = {key: value for key, value in desired.items() if value is not None}
    properties = {"delegations": [], **policies, **given, "provisioningState": "Succeeded"}
    body = {"id": identity, "name": name, "type": TYPE, "etag": etag(), "properties": properties}
    return emulator.resources.put(identity, body)


def _check_range(emulator: Emulator, network: Resource, identity: str, desired: dict[str, Any]) -> None:
    prefix, name = desired.get("addressPrefix"), identity.rsplit("/", 1)[-1]
    try:
        own = ipaddress.IPv4Network(str(prefix))
    except ValueError as error:
        raise bad_request(
            "InvalidCIDRNotation", f"The address prefix {prefix} does not have correct CIDR format."
        ) from error
    ranges = [ipaddress.IPv4Network(outer) for outer in network.properties["addressSpace"]["addressPrefixes"]]
    if not any(own.subnet_of(outer) for outer in ranges):
        raise bad_request(
            "NetcfgSubnetRangeOutsideVnet",
            f"Subnet '{name}' is not valid because its IP address range is outside the IP address range "
            f"of virtual network '{network.name}'.",
        )
    for other in emulator.resources.members(f"{network.id}/subnets"):
        if other.id.lower() != identity.lower() and own.overlaps(range_of(other)):
            raise bad_request(
                "NetcfgSubnetRangesOverlap",
                f"Subnet '{name}' is not valid because its IP address range overlaps with that of an existing subnet "
                f"in virtual network '{network.name}'.",
            )


def range_of(subnet: Resource) -> ipaddress.IPv4Network:
    """The addresses of a subnet."""
    return ipaddress.IPv4Network(subnet.properties["addressPrefix"])


def users_of(emulator: Emulator, subnet: Resource) -> list[dict[str, Any]]:
    """The address configurations of network interfaces that are in a subnet."""
    interfaces = emulator.resources.of_type(f"{NAMESPACE}/networkInterfaces")
    every = [one for interface in interfaces for one in interface.properties["ipConfigurations"]]
    return [one for one in every if one["properties"]["subnet"]["id"].lower() == subnet.id.lower()]


def free_addresses(emulator: Emulator, subnet: Resource, count: int) -> list[str]:
    """Return the lowest free addresses.

    Raises:
        ArmError: 400 SubnetIsFull.
    """
    taken = {one["properties"]["privateIPAddress"] for one in users_of(emulator, subnet)}
    addresses = range_of(subnet)
    every = (str(addresses[number]) for number in range(RESERVED, addresses.num_addresses - 1))
    hosts = list(itertools.islice((address for address in every if address not in taken), count))
    if len(hosts) < count:
        raise bad_request(
            "SubnetIsFull",
            f"Subnet {subnet.name} with address prefix {subnet.properties['addressPrefix']} "
            "does not have enough capacity for the IP addresses.",
        )
    return hosts


def require_unused(emulator: Emulator, subnet: Resource) -> None:
    """Refuse to delete a subnet that is in use.

    Raises:
        ArmError: 400 InUseSubnetCannotBeDeleted.
    """
    users = users_of(emulator, subnet)
    if users:
        raise bad_request(
            "InUseSubnetCannotBeDeleted",
            f"Subnet {subnet.name} is in use by {users[0]['id']} and cannot be deleted. In order to delete the subnet, "
            "delete all the resources within the subnet. See aka.ms/deletesubnet.",
        )


def shown(emulator: Emulator, subnet: Resource) -> dict[str, Any]:
    """Return a subnet with what is in it."""
    used = [{"id": one["id"]} for one in users_of(emulator, subnet)]
    inside = {"ipConfigurations": used} if used else {}
    return {**subnet.body, "properties": {**subnet.properties, **inside}}


def _network(call: Call) -> Resource:
    return call.emulator.resources.require(
        f"{group_id(call)}/providers/{NAMESPACE}/virtualNetworks/{call.params['name']}"
    )


def _list(call: Call) -> Answer:
    found = call.emulator.resources.members(f"{_network(call).id}/subnets")
    return Answer(200, {"value": [shown(call.emulator, subnet) for subnet in found]})


def _get(call: Call) -> Answer:
    subnet = call.emulator.resources.require(f"{_network(call).id}/subnets/{call.params['subnet']}")
    hint = dict(polling.HINT) if call.emulator.operations.on(subnet.id) else {}
    return Answer(200, shown(call.emulator, subnet), hint)


def _put(call: Call) -> Answer:
    network = _network(call)
    desired = call.json().get("properties") or {}
    existing = call.emulator.resources.get(f"{network.id}/subnets/{call.params['subnet']}")
    subnet = make_subnet(call.emulator, network, call.params["subnet"], desired)
    subnet.properties["provisioningState"] = "Updating"
    call.emulator.resources.save(subnet)
    operations = call.emulator.operations
    operation = operations.on(subnet.id) or operations.start(WRITE, subnet.id)
    headers = polling.waiting_headers(status_address(STATUSES, call, network, operation))
    return Answer(200 if existing else 201, shown(call.emulator, subnet), headers)


def _settled(emulator: Emulator, operation: Operation) -> None:
    subnet = emulator.resources.require(operation.resource_id)
    subnet.properties["provisioningState"] = "Succeeded"
    emulator.resources.save(subnet)


def _delete(call: Call) -> Answer:
    network = _network(call)
    subnet = call.emulator.resources.get(f"{network.id}/subnets/{call.params['subnet']}")
    if subnet is None:
        return Answer(204)
    require_unused(call.emulator, subnet)
    return begin_delete(call, subnet, DELETE, STATUSES, location=network.body["location"])


def _removed(emulator: Emulator, operation: Operation) -> None:
    emulator.removal.remove(operation.resource_id)


def network_of(subnet_id: str) -> str:
    """The id of the virtual network that a subnet is in."""
    return parent_of(subnet_id)
