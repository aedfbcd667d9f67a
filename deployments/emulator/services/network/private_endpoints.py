"""Private endpoints: an address in a subnet for a vault, a storage account, a registry or a workspace."""

from __future__ import annotations

import uuid
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.http.access import require_linked
from deployments.emulator.services import private_link
from deployments.emulator.services.network import interfaces, zone_groups
from deployments.emulator.services.network.common import NAMESPACE, STATUSES, etag, missing_reference
from deployments.emulator.services.network.members import members_of
from deployments.emulator.services.network.subnets import network_of
from deployments.emulator.services.tracked import TrackedType
from deployments.emulator.services.tracked_write import Write
from deployments.emulator.state import Resource, type_of

AUTOMATIC, MANUAL = "privateLinkServiceConnections", "manualPrivateLinkServiceConnections"


def set_up(emulator: Emulator) -> None:
    """Register how operations end, and what is removed with a private endpoint."""
    PRIVATE_ENDPOINTS.set_up(emulator)
    emulator.removal.on_delete(PRIVATE_ENDPOINTS.type, _undo)


def make_private_endpoint(emulator: Emulator, identity: str, subnet_id: str, target_id: str, group: str) -> Resource:
    """A private endpoint to a target that approves it at once; it is not finished before `establish`."""
    name = identity.rsplit("/", 1)[-1]
    connection = {"name": name, "properties": {"privateLinkServiceId": target_id, "groupIds": [group]}}
    properties = _properties(identity, subnet_id, {AUTOMATIC: [connection]})
    location = emulator.resources.require(network_of(subnet_id)).body["location"]
    body = {"id": identity, "name": name, "type": PRIVATE_ENDPOINTS.type, "location": location, "tags": {}}
    body |= {"etag": etag(), "properties": properties}
    return emulator.resources.put(identity, body, {"guid": str(uuid.uuid4())})


def connections_in(private_endpoint: Resource) -> list[tuple[dict[str, Any], str]]:
    """Return the connections that a private endpoint requests, and the state that each begins in."""
    properties = private_endpoint.properties
    automatic = [(one, private_link.APPROVED) for one in properties[AUTOMATIC]]
    return automatic + [(one, private_link.PENDING) for one in properties[MANUAL]]


def groups_of(private_endpoint: Resource) -> set[str]:
    """The sub-resources that a private endpoint leads to."""
    return {
        group for connection, _ in connections_in(private_endpoint) for group in connection["properties"]["groupIds"]
    }


def subnet_of(private_endpoint: Resource) -> str:
    """The id of the subnet that a private endpoint is in."""
    return str(private_endpoint.properties["subnet"]["id"])


def establish(emulator: Emulator, private_endpoint: Resource) -> None:
    """Give a private endpoint its interface, its connection at the far end and its names, where missing."""
    private_endpoint.properties["provisioningState"] = "Succeeded"
    if not private_endpoint.properties["networkInterfaces"]:
        subnet = emulator.resources.require(subnet_of(private_endpoint))
        for connection, state in connections_in(private_endpoint):
            _connect(emulator, private_endpoint, subnet, connection["properties"], state)
    emulator.resources.save(private_endpoint)
    zone_groups.write_records(emulator, private_endpoint)


def _connect(
    emulator: Emulator, private_endpoint: Resource, subnet: Resource, desired: dict[str, Any], state: str
) -> None:
    target = emulator.resources.require(desired["privateLinkServiceId"])
    group = desired["groupIds"][0]
    interface = interfaces.make_interface(emulator, private_endpoint, subnet, group, members_of(target, group))
    private_link.make_connection(emulator, target.id, private_endpoint, state)
    private_endpoint.properties["networkInterfaces"].append({"id": interface.id})
    private_endpoint.properties["customDnsConfigs"] += [
        {
            "fqdn": host,
            "ipAddresses": [configuration["properties"]["privateIPAddress"]],
        }
        for configuration in interface.properties["ipConfigurations"]
        for host in configuration["properties"]["privateLinkConnectionProperties"]["fqdns"]
    ]


def _undo(emulator: Emulator, private_endpoint: Resource) -> None:
    """Remove what the private endpoint made elsewhere."""
    zone_groups.erase_records(emulator, private_endpoint)
    for interface in private_endpoint.properties["networkInterfaces"]:
        emulator.removal.remove(interface["id"])
    for connection in _far_ends(emulator, private_endpoint):
        emulator.removal.remove(connection.id)


def _far_ends(emulator: Emulator, private_endpoint: Resource) -> list[Resource]:
    found = []
    for connection, _ in connections_in(private_endpoint):
        every = private_link.connections_of(emulator, connection["properties"]["privateLinkServiceId"])
        found += [
            one for one in every if one.properties["privateEndpoint"]["id"].lower() == private_endpoint.id.lower()
        ]
    return found


def _properties(identity: str, subnet_id: str, desired: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in (AUTOMATIC, MANUAL):
        found[kind] = [
            {
                "name": one["name"],
                "id": f"{identity}/{kind}/{one['name']}",
                "etag": etag(),
                "type": f"{NAMESPACE}/privateEndpoints/{kind}",
                "properties": {name: one["properties"][name] for name in ("privateLinkServiceId", "groupIds")},
            }
            for one in desired.get(kind) or []
        ]
    rest: dict[str, Any] = {"customNetworkInterfaceName": "", "ipConfigurations": []}
    return {**found, **rest, "subnet": {"id": subnet_id}, "networkInterfaces": [], "customDnsConfigs": []}


def _build(write: Write) -> dict[str, Any]:
    desired = write.properties
    if write.existing:
        return {"etag": etag(), "properties": write.existing.properties}
    subnet_id = str((desired.get("subnet") or {}).get("id"))
    asked = [*(desired.get(AUTOMATIC) or []), *(desired.get(MANUAL) or [])]
    if len(asked) != 1:
        raise bad_request("BadRequest", "A private endpoint needs exactly one private link service connection.")
    _require_rights(write, subnet_id, desired)
    subnet = write.emulator.resources.get(subnet_id)
    if subnet is None:
        raise missing_reference(subnet_id, write.id)
    _check_target(write, asked[0].get("properties") or {})
    write.private["guid"] = str(uuid.uuid4())
    return {"etag": etag(), "properties": _properties(write.id, subnet.id, desired)}


def _require_rights(write: Write, subnet_id: str, desired: dict[str, Any]) -> None:
    """Require the rights to join the subnet, and to approve the connection unless that is left to somebody else."""
    linked = {subnet_id: f"{NAMESPACE}/virtualNetworks/subnets/join/action"}
    for one in desired.get(AUTOMATIC) or []:
        target = str((one.get("properties") or {}).get("privateLinkServiceId"))
        linked[target] = f"{type_of(target)}/PrivateEndpointConnectionsApproval/action"
    require_linked(write.call, f"{NAMESPACE}/privateEndpoints/write", write.id, linked)


def _check_target(write: Write, asked: dict[str, Any]) -> None:
    identity = str(asked.get("privateLinkServiceId"))
    target = write.emulator.resources.get(identity)
    if target is None:
        raise missing_reference(identity, write.id)
    known = private_link.TARGETS.get(type_of(identity).lower())
    groups = asked.get("groupIds") or []
    if known is None or len(groups) != 1 or groups[0] not in known.groups:
        names = ", ".join(known.groups) if known else "none"
        raise bad_request(
            "PrivateEndpointInvalidGroupIds", f"The group ids {groups} are not valid for '{identity}': it has {names}."
        )
    if known.needs_premium and target.body["sku"]["name"] != "Premium":
        raise ArmError(
            400,
            "PrivateEndpointConnectionsNotSupported",
            f"Private endpoint connections are not supported for the SKU {target.body['sku']['name']}. "
            "For more information, please visit https://aka.ms/acr/private-link.",
        )


def _show(emulator: Emulator, private_endpoint: Resource) -> dict[str, Any]:
    """The connections with the state that they have at the far end."""
    ends = _far_ends(emulator, private_endpoint)
    gone = {"status": private_link.DISCONNECTED, "description": "", "actionsRequired": "None"}
    held = ends[0].properties["privateLinkServiceConnectionState"] if ends else gone
    state = {**gone, "status": held["status"], "description": held["description"]}
    added = {"provisioningState": "Succeeded", "privateLinkServiceConnectionState": state}
    pending = not private_endpoint.properties["networkInterfaces"]
    return {
        kind: [
            {**one, "properties": {**one["properties"], **({} if pending else added)}}
            for one in private_endpoint.properties[kind]
        ]
        for kind in (AUTOMATIC, MANUAL)
    }


PRIVATE_ENDPOINTS = TrackedType(
    NAMESPACE,
    "privateEndpoints",
    _build,
    working="Updating",
    status_path=STATUSES,
    slow_update=True,
    slow_delete=True,
    written=establish,
    show=_show,
)
