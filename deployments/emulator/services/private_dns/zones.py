"""Private DNS zones, and the networks that see them."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import conflict
from deployments.emulator.services.private_dns.shape import STATUSES, ZONE_TYPE, link_body, record_body
from deployments.emulator.services.tracked import TrackedType
from deployments.emulator.services.tracked_write import Write
from deployments.emulator.state import Resource


def make_zone(emulator: Emulator, group: str, name: str) -> Resource:
    """The zone in a resource group, made if it isn't there."""
    identity = f"{group}/providers/{ZONE_TYPE}/{name}"
    existing = emulator.resources.get(identity)
    if existing:
        return existing
    body = {"id": identity, "name": name, "type": ZONE_TYPE, "location": "global", "tags": {}}
    properties = {**_limits()["properties"], "provisioningState": "Succeeded"}
    zone = emulator.resources.put(identity, {**body, "properties": properties})
    _complete_zone(emulator, zone)
    return zone


def make_link(emulator: Emulator, zone: Resource, name: str, network_id: str) -> Resource:
    """A finished link of a zone to a virtual network."""
    link = emulator.resources.put(f"{zone.id}/virtualNetworkLinks/{name}", {})
    link.body |= link_body(link.id, network_id, registers=False)
    link.properties.update(provisioningState="Succeeded", virtualNetworkLinkState="Completed")
    emulator.resources.save(link)
    return link


def set_records(emulator: Emulator, zone: Resource, name: str, addresses: list[str]) -> Resource:
    """Let an A record set hold exactly these addresses."""
    identity = f"{zone.id}/A/{name}"
    records = {"aRecords": [{"ipv4Address": address} for address in addresses]}
    return emulator.resources.put(identity, record_body(identity, zone.name, {"ttl": 10, **records}))


def zones_seen_from(emulator: Emulator, network_id: str) -> list[Resource]:
    """The zones that are linked to a virtual network."""
    links = emulator.resources.of_type(f"{ZONE_TYPE}/virtualNetworkLinks")
    key = network_id.lower()
    linked = [link for link in links if link.properties["virtualNetwork"]["id"].lower() == key]
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
        emulator.resources.put(identity, record_body(identity, zone.name, {"ttl": 3600, "soaRecord": soa}))


def _require_unlinked(emulator: Emulator, zone: Resource) -> None:
    if emulator.resources.members(f"{zone.id}/virtualNetworkLinks"):
        raise conflict(
            "CannotDeleteResource",
            "Can not delete resource before nested resources are deleted. Nested resources: virtual network links.",
        )


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
