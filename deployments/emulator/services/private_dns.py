"""Private DNS zones, their links to virtual networks and their record sets (Microsoft.Network/privateDnsZones)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deployments.emulator.errors import ArmError, bad_request, conflict
from deployments.emulator.http import Answer, Call
from deployments.emulator.operations import Operation
from deployments.emulator.routing import Route
from deployments.emulator.services import polling
from deployments.emulator.services.resources.groups import GROUP
from deployments.emulator.services.tracked import TrackedType, begin_delete, status_address
from deployments.emulator.services.tracked_write import Write
from deployments.emulator.state import Resource

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator

RECORDS = {
    "A": "aRecords",
    "AAAA": "aaaaRecords",
    "CNAME": "cnameRecord",
    "MX": "mxRecords",
    "PTR": "ptrRecords",
    "SOA": "soaRecord",
    "SRV": "srvRecords",
    "TXT": "txtRecords",
}
STATUSES = GROUP + "/providers/Microsoft.Network/privateDnsOperationStatuses/{operation}"
LINK_WRITE, LINK_DELETE = "virtualNetworkLinks.write", "virtualNetworkLinks.delete"


def routes() -> list[Route]:
    """Zones, links, record sets."""
    zone = ZONES.path + "/{name}"
    links, records = zone + "/virtualNetworkLinks", zone + "/{kind}"
    return [
        *ZONES.routes(),
        Route("GET", links, _list_links),
        Route("GET", links + "/{link}", _get_link),
        Route("PUT", links + "/{link}", _put_link),
        Route("DELETE", links + "/{link}", _delete_link),
        Route("GET", zone + "/ALL", _list_all),
        Route("GET", records, _list_kind),
        Route("GET", records + "/{record}", _get_record),
        Route("PUT", records + "/{record}", _put_record),
        Route("PATCH", records + "/{record}", _put_record),
        Route("DELETE", records + "/{record}", _delete_record),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how operations end."""
    ZONES.set_up(emulator)
    emulator.operations.completes(LINK_WRITE, _linked)
    emulator.operations.completes(LINK_DELETE, _unlinked)


def make_zone(emulator: Emulator, group: str, name: str) -> Resource:
    """The zone in a resource group, made if it isn't there."""
    identity = f"{group}/providers/{ZONES.type}/{name}"
    existing = emulator.resources.get(identity)
    if existing:
        return existing
    body = {"id": identity, "name": name, "type": ZONES.type, "location": "global", "tags": {}}
    zone = emulator.resources.put(identity, {**body, **_limits()})
    zone.properties["provisioningState"] = "Succeeded"
    _complete_zone(emulator, zone)
    return zone


def make_link(emulator: Emulator, zone: Resource, name: str, network_id: str) -> Resource:
    """A finished link of a zone to a virtual network."""
    link = emulator.resources.put(f"{zone.id}/virtualNetworkLinks/{name}", {})
    link.body |= _link_body(link.id, network_id, registers=False)
    link.properties.update(provisioningState="Succeeded", virtualNetworkLinkState="Completed")
    emulator.resources.save(link)
    return link


def set_records(emulator: Emulator, zone: Resource, name: str, addresses: list[str]) -> Resource:
    """Let an A record set hold exactly these addresses."""
    identity = f"{zone.id}/A/{name}"
    records = {"aRecords": [{"ipv4Address": address} for address in addresses]}
    return emulator.resources.put(identity, _record_body(identity, zone.name, {"ttl": 10, **records}))


def zones_seen_from(emulator: Emulator, network_id: str) -> list[Resource]:
    """The zones that are linked to a virtual network."""
    links = emulator.resources.of_type(f"{ZONES.type}/virtualNetworkLinks")
    wanted = network_id.lower()
    linked = [link for link in links if link.properties["virtualNetwork"]["id"].lower() == wanted]
    ready = [link for link in linked if link.properties["virtualNetworkLinkState"] == "Completed"]
    return [emulator.resources.require(link.id.rsplit("/", 2)[0]) for link in ready]


def _limits() -> dict[str, Any]:
    most = {"RecordSets": 25000, "VirtualNetworkLinks": 1000, "VirtualNetworkLinksWithRegistration": 100}
    return {"properties": {f"maxNumberOf{name}": number for name, number in most.items()}}


def _build(_write: Write) -> dict[str, Any]:
    return _limits()


def _counts(emulator: Emulator, zone: Resource) -> dict[str, Any]:
    inside = list(emulator.resources.below(zone.id))
    links = [one for one in inside if "/virtualnetworklinks/" in one.id.lower()]
    return {
        "numberOfRecordSets": len(inside) - len(links),
        "numberOfVirtualNetworkLinks": len(links),
        "numberOfVirtualNetworkLinksWithRegistration": sum(one.properties["registrationEnabled"] for one in links),
    }


def _complete_zone(emulator: Emulator, zone: Resource) -> None:
    identity = f"{zone.id}/SOA/@"
    if emulator.resources.get(identity) is None:
        soa = {
            "email": "azureprivatedns-host.microsoft.com",
            "host": "azureprivatedns.net",
            "serialNumber": 1,
            "expireTime": 2419200,
            "minimumTtl": 10,
            "refreshTime": 3600,
            "retryTime": 300,
        }
        emulator.resources.put(identity, _record_body(identity, zone.name, {"ttl": 3600, "soaRecord": soa}))


def _require_unlinked(emulator: Emulator, zone: Resource) -> None:
    if emulator.resources.members(f"{zone.id}/virtualNetworkLinks"):
        raise conflict(
            "CannotDeleteResource",
            "Can not delete resource before nested resources are deleted. Nested resources: virtual network links.",
        )


def _link_body(identity: str, network_id: str, *, registers: bool) -> dict[str, Any]:
    properties = {
        "provisioningState": "Updating",
        "registrationEnabled": registers,
        "virtualNetwork": {"id": network_id},
        "virtualNetworkLinkState": "InProgress",
    }
    name = identity.rsplit("/", 1)[-1]
    kind = f"{ZONES.type}/virtualNetworkLinks"
    return {"id": identity, "name": name, "type": kind, "location": "global", "tags": {}, "properties": properties}


def _list_links(call: Call) -> Answer:
    zone = ZONES.require(call)
    links = call.emulator.resources.members(f"{zone.id}/virtualNetworkLinks")
    return Answer(200, {"value": [link.body for link in links]})


def _link_id(call: Call) -> str:
    return f"{ZONES.require(call).id}/virtualNetworkLinks/{call.params['link']}"


def _get_link(call: Call) -> Answer:
    link = call.emulator.resources.require(_link_id(call))
    return Answer(200, link.body, dict(polling.HINT) if call.emulator.operations.on(link.id) else {})


def _put_link(call: Call) -> Answer:
    identity = _link_id(call)
    wanted = call.json().get("properties") or {}
    network = call.emulator.resources.get(str((wanted.get("virtualNetwork") or {}).get("id")))
    if network is None:
        raise bad_request("BadRequest", "The virtual network that the link names does not exist.")
    existing = call.emulator.resources.get(identity)
    if existing is None:
        _refuse_second_zone(call, network)
    body = _link_body(identity, network.id, registers=bool(wanted.get("registrationEnabled")))
    link = call.emulator.resources.put(identity, {**body, "tags": call.json().get("tags") or {}})
    operations = call.emulator.operations
    operation = operations.on(link.id) or operations.start(LINK_WRITE, link.id)
    headers = polling.waiting_headers(status_address(STATUSES, call, link, operation))
    return Answer(200 if existing else 201, link.body, headers)


def _refuse_second_zone(call: Call, network: Resource) -> None:
    name = call.params["name"].lower()
    if any(zone.name.lower() == name for zone in zones_seen_from(call.emulator, network.id)):
        raise bad_request(
            "BadRequest",
            "A virtual network cannot be linked to multiple zones with overlapping namespaces. "
            f"You tried to link virtual network with '{name}' and '{name}' zones.",
        )


def _linked(emulator: Emulator, operation: Operation) -> dict[str, Any]:
    link = emulator.resources.require(operation.resource_id)
    link.properties.update(provisioningState="Succeeded", virtualNetworkLinkState="Completed")
    emulator.resources.save(link)
    return link.body


def _delete_link(call: Call) -> Answer:
    link = call.emulator.resources.get(_link_id(call))
    return begin_delete(call, link, LINK_DELETE, STATUSES) if link else Answer(204)


def _unlinked(emulator: Emulator, operation: Operation) -> None:
    emulator.removal.remove(operation.resource_id)


def _record_body(identity: str, zone: str, properties: dict[str, Any]) -> dict[str, Any]:
    kind, name = identity.split("/")[-2:]
    fqdn = f"{zone}." if name == "@" else f"{name}.{zone}."
    shown = {"metadata": {}, **properties, "fqdn": fqdn, "isAutoRegistered": False}
    return {"id": identity, "name": name, "type": f"{ZONES.type}/{kind}", "properties": shown}


def _kind(call: Call) -> str:
    kind = call.params["kind"].upper()
    if kind not in RECORDS:
        raise ArmError(404, "InvalidResourceType", f"The resource type '{kind}' is none of {', '.join(RECORDS)}.")
    return kind


def _list_all(call: Call) -> Answer:
    return _records(call, list(RECORDS))


def _list_kind(call: Call) -> Answer:
    return _records(call, [_kind(call)])


def _records(call: Call, kinds: list[str]) -> Answer:
    zone = ZONES.require(call)
    found = [record for kind in kinds for record in call.emulator.resources.members(f"{zone.id}/{kind}")]
    suffix = call.query.get("$recordsetnamesuffix", "").lower()
    return Answer(200, {"value": [record.body for record in found if record.name.lower().endswith(suffix)]})


def _record_id(call: Call) -> str:
    return f"{ZONES.require(call).id}/{_kind(call)}/{call.params['record']}"


def _get_record(call: Call) -> Answer:
    found = call.emulator.resources.get(_record_id(call))
    if found is None:
        raise ArmError(
            404,
            "NotFound",
            f"The resource record '{call.params['record']}' does not exist in resource group '{call.params['group']}' "
            f"of subscription '{call.params['subscription']}'.",
        )
    return Answer(200, found.body)


def _put_record(call: Call) -> Answer:
    identity, kind = _record_id(call), _kind(call)
    wanted = {name: value for name, value in (call.json().get("properties") or {}).items() if value is not None}
    existing = call.emulator.resources.get(identity)
    before = existing.properties if existing and call.method == "PATCH" else {}
    properties = {"ttl": 3600, **before, **wanted}
    if RECORDS[kind] not in properties:
        raise bad_request("BadRequest", f"A record set of type {kind} needs '{RECORDS[kind]}'.")
    body = _record_body(identity, call.params["name"], properties)
    return Answer(200 if existing else 201, call.emulator.resources.put(identity, body).body)


def _delete_record(call: Call) -> Answer:
    return Answer(200 if call.emulator.removal.remove(_record_id(call)) else 204)


ZONES = TrackedType(
    "Microsoft.Network",
    "privateDnsZones",
    _build,
    working="Updating",
    status_path=STATUSES,
    slow_delete=True,
    location="global",
    written=_complete_zone,
    show=_counts,
    may_delete=_require_unlinked,
)
