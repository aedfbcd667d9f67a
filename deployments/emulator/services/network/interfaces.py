"""Network interfaces: each private endpoint has one, which holds its addresses."""

from __future__ import annotations

import uuid
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.network.common import NAMESPACE, etag
from deployments.emulator.services.network.members import Member
from deployments.emulator.services.network.subnets import free_addresses
from deployments.emulator.services.resources.groups import GROUP, require_group
from deployments.emulator.state import Resource

TYPE = f"{NAMESPACE}/networkInterfaces"
INTERFACES = f"{GROUP}/providers/{TYPE}"


def routes() -> list[Route]:
    """Network interfaces can be read; making and deleting them is their private endpoint's business."""
    return [
        Route("GET", f"/subscriptions/{{subscription}}/providers/{TYPE}", _list_all),
        Route("GET", INTERFACES, _list),
        Route("GET", INTERFACES + "/{name}", _get),
        Route("DELETE", INTERFACES + "/{name}", _delete),
    ]


def make_interface(
    emulator: Emulator, private_endpoint: Resource, subnet: Resource, group: str, members: list[Member]
) -> Resource:
    """The interface of a private endpoint, with one address for each member.

    Raises:
        ArmError: 400 SubnetIsFull.
    """
    home = private_endpoint.id.partition("/providers/")[0]
    identity = f"{home}/providers/{TYPE}/{private_endpoint.name}.nic.{uuid.uuid4()}"
    addresses = free_addresses(emulator, subnet, len(members))
    configurations = [
        _configuration(identity, subnet, group, member, address)
        for member, address in zip(members, addresses, strict=True)
    ]
    configurations[0]["properties"]["primary"] = True
    properties = {
        "provisioningState": "Succeeded",
        "resourceGuid": str(uuid.uuid4()),
        "ipConfigurations": configurations,
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
        "enableAcceleratedNetworking": False,
        "enableIPForwarding": False,
        "privateEndpoint": {"id": private_endpoint.id},
        "hostedWorkloads": [],
        "tapConfigurations": [],
        "nicType": "Standard",
    }
    body = {"id": identity, "name": identity.rsplit("/", 1)[-1], "type": TYPE, "etag": etag()}
    location = private_endpoint.body["location"]
    return emulator.resources.put(identity, {**body, "location": location, "tags": {}, "properties": properties})


def _configuration(interface: str, subnet: Resource, group: str, member: Member, address: str) -> dict[str, Any]:
    name = f"privateEndpointIpConfig.{uuid.uuid4()}"
    connection = {"groupId": group, "requiredMemberName": member.name, "fqdns": list(member.hosts)}
    properties = {
        "provisioningState": "Succeeded",
        "privateIPAddress": address,
        "privateIPAllocationMethod": "Dynamic",
        "subnet": {"id": subnet.id},
        "primary": False,
        "privateIPAddressVersion": "IPv4",
        "privateLinkConnectionProperties": connection,
    }
    return {
        "name": name,
        "id": f"{interface}/ipConfigurations/{name}",
        "etag": etag(),
        "type": f"{TYPE}/ipConfigurations",
        "properties": properties,
    }


def _list_all(call: Call) -> Answer:
    scope = f"/subscriptions/{call.params['subscription']}"
    return Answer(200, {"value": [found.body for found in call.emulator.resources.of_type(TYPE, scope)]})


def _list(call: Call) -> Answer:
    require_group(call.emulator, call.path)
    return Answer(200, {"value": [found.body for found in call.emulator.resources.members(call.path)]})


def _get(call: Call) -> Answer:
    require_group(call.emulator, call.path)
    return Answer(200, call.emulator.resources.require(call.path).body)


def _delete(call: Call) -> Answer:
    found = call.emulator.resources.get(call.path)
    if found is None:
        return Answer(204)
    raise bad_request(
        "NicInUseWithPrivateEndpoint",
        f"Network interface {found.id} is used by private endpoint {found.properties['privateEndpoint']['id']} "
        "and cannot be deleted.",
    )
