"""DNS zone groups of private endpoints: they keep records in private zones in step with the endpoint's addresses."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request
from deployments.emulator.http.access import require_linked
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services import polling, private_dns
from deployments.emulator.services.network.common import NAMESPACE, STATUSES, etag
from deployments.emulator.services.network.members import members_of
from deployments.emulator.services.resources.groups import GROUP, group_id
from deployments.emulator.services.tracked import begin_delete, status_address
from deployments.emulator.state import Resource, type_of

TYPE = f"{NAMESPACE}/privateEndpoints/privateDnsZoneGroups"
ZONE_GROUPS = GROUP + f"/providers/{NAMESPACE}/privateEndpoints/{{name}}/privateDnsZoneGroups"
WRITE, DELETE = "privateDnsZoneGroups.write", "privateDnsZoneGroups.delete"


def routes() -> list[Route]:
    """Zone groups."""
    return [
        Route("GET", ZONE_GROUPS, _list),
        Route("GET", ZONE_GROUPS + "/{zones}", _get),
        Route("PUT", ZONE_GROUPS + "/{zones}", _put),
        Route("DELETE", ZONE_GROUPS + "/{zones}", _delete),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how operations on zone groups end."""
    emulator.operations.completes(WRITE, _settled)
    emulator.operations.completes(DELETE, _removed)
    emulator.removal.on_delete(TYPE, _erase)


def make_zone_group(emulator: Emulator, private_endpoint: Resource, name: str, zones: list[Resource]) -> Resource:
    """A zone group, which is not finished before its records are written."""
    identity = f"{private_endpoint.id}/privateDnsZoneGroups/{name}"
    configurations = [
        {
            "name": zone.name.replace(".", "-"),
            "properties": {"privateDnsZoneId": zone.id, "recordSets": []},
        }
        for zone in zones
    ]
    properties = {"provisioningState": "Succeeded", "privateDnsZoneConfigs": configurations}
    body = {"id": identity, "name": name, "etag": etag(), "properties": properties}
    return emulator.resources.put(identity, body)


def write_records(emulator: Emulator, private_endpoint: Resource) -> None:
    """Write the records of every zone group of a private endpoint that has its addresses."""
    for group in emulator.resources.members(f"{private_endpoint.id}/privateDnsZoneGroups"):
        for configuration in group.properties["privateDnsZoneConfigs"]:
            zone = emulator.resources.get(configuration["properties"]["privateDnsZoneId"])
            if zone:
                configuration["properties"]["recordSets"] = _written(emulator, private_endpoint, zone)
        emulator.resources.save(group)


def _written(emulator: Emulator, private_endpoint: Resource, zone: Resource) -> list[dict[str, Any]]:
    found = []
    for name, address in _records(emulator, private_endpoint, zone.name):
        record = private_dns.set_records(emulator, zone, name, [address])
        found.append(
            {
                "recordType": "A",
                "recordSetName": name,
                "fqdn": record.properties["fqdn"],
                "ttl": record.properties["ttl"],
                "ipAddresses": [address],
                "provisioningState": "Succeeded",
            }
        )
    return found


def _records(emulator: Emulator, private_endpoint: Resource, zone: str) -> list[tuple[str, str]]:
    """The names and addresses that belong into a zone."""
    found = []
    for reference in private_endpoint.properties["networkInterfaces"]:
        interface = emulator.resources.require(reference["id"])
        target = emulator.resources.get(_target_of(private_endpoint))
        configurations = interface.properties["ipConfigurations"]
        group = configurations[0]["properties"]["privateLinkConnectionProperties"]["groupId"]
        members = members_of(target, group) if target else []
        for member, configuration in zip(members, configurations, strict=False):
            address = configuration["properties"]["privateIPAddress"]
            found += [(name, address) for zone_name, name in member.records if zone_name == zone.lower()]
    return found


def _target_of(private_endpoint: Resource) -> str:
    properties = private_endpoint.properties
    asked = [*properties["privateLinkServiceConnections"], *properties["manualPrivateLinkServiceConnections"]]
    return str(asked[0]["properties"]["privateLinkServiceId"])


def erase_records(emulator: Emulator, private_endpoint: Resource) -> None:
    """Erase the records of every zone group of a private endpoint."""
    for group in emulator.resources.members(f"{private_endpoint.id}/privateDnsZoneGroups"):
        _erase(emulator, group)


def _erase(emulator: Emulator, group: Resource) -> None:
    for configuration in group.properties["privateDnsZoneConfigs"]:
        properties = configuration["properties"]
        for record in properties["recordSets"]:
            emulator.removal.remove(f"{properties['privateDnsZoneId']}/A/{record['recordSetName']}")


def _private_endpoint(call: Call) -> Resource:
    identity = f"{group_id(call)}/providers/{NAMESPACE}/privateEndpoints/{call.params['name']}"
    return call.emulator.resources.require(identity)


def _list(call: Call) -> Answer:
    found = call.emulator.resources.members(f"{_private_endpoint(call).id}/privateDnsZoneGroups")
    return Answer(200, {"value": [group.body for group in found]})


def _get(call: Call) -> Answer:
    identity = f"{_private_endpoint(call).id}/privateDnsZoneGroups/{call.params['zones']}"
    group = call.emulator.resources.require(identity)
    return Answer(200, group.body, dict(polling.HINT) if call.emulator.operations.on(identity) else {})


def _put(call: Call) -> Answer:
    private_endpoint = _private_endpoint(call)
    identity = f"{private_endpoint.id}/privateDnsZoneGroups/{call.params['zones']}"
    existing = call.emulator.resources.get(identity)
    _refuse_second(call, private_endpoint, existing)
    zones = _zones(call, identity)
    if existing:
        _erase(call.emulator, existing)
    group = make_zone_group(call.emulator, private_endpoint, call.params["zones"], zones)
    group.properties["provisioningState"] = "Updating"
    call.emulator.resources.save(group)
    operations = call.emulator.operations
    operation = operations.on(identity) or operations.start(WRITE, identity)
    headers = polling.waiting_headers(status_address(STATUSES, call, private_endpoint, operation))
    return Answer(200 if existing else 201, group.body, headers)


def _zones(call: Call, identity: str) -> list[Resource]:
    """The zones that are asked for, which may be another subscription's."""
    desired = (call.json().get("properties") or {}).get("privateDnsZoneConfigs") or []
    ids = [str((one.get("properties") or {}).get("privateDnsZoneId")) for one in desired]
    needed = dict.fromkeys(ids, f"{NAMESPACE}/privateDnsZones/join/action")
    require_linked(call, f"{TYPE}/write", identity, needed)
    found = {one: call.emulator.resources.get(one) for one in ids}
    invalid = [one for one, zone in found.items() if zone is None or not _is_private_link(zone)]
    if invalid:
        raise bad_request(
            "InvalidPrivateDnsZoneIds",
            f"Private Dns Zone group {identity} has invalid private dns zone ids {','.join(invalid)}.",
        )
    return [zone for zone in found.values() if zone]


def _is_private_link(zone: Resource) -> bool:
    return type_of(zone.id).lower() == private_dns.ZONES.type.lower() and zone.name.lower().startswith("privatelink.")


def _refuse_second(call: Call, private_endpoint: Resource, existing: Resource | None) -> None:
    if existing is None and call.emulator.resources.members(f"{private_endpoint.id}/privateDnsZoneGroups"):
        raise bad_request(
            "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed",
            f"Call to Microsoft.Network/privateDnsZoneGroups failed. Error message: Private endpoint "
            f"{private_endpoint.id} can have only one private DNS zone group.",
        )


def _settled(emulator: Emulator, operation: Operation) -> None:
    group = emulator.resources.require(operation.resource_id)
    group.properties["provisioningState"] = "Succeeded"
    emulator.resources.save(group)
    write_records(emulator, emulator.resources.require(group.id.rsplit("/", 2)[0]))


def _delete(call: Call) -> Answer:
    private_endpoint = _private_endpoint(call)
    group = call.emulator.resources.get(f"{private_endpoint.id}/privateDnsZoneGroups/{call.params['zones']}")
    location = private_endpoint.body["location"]
    return begin_delete(call, group, DELETE, STATUSES, location=location) if group else Answer(204)


def _removed(emulator: Emulator, operation: Operation) -> None:
    emulator.removal.remove(operation.resource_id)
