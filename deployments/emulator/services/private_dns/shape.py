"""The wire form of zones, links and record sets."""

from __future__ import annotations

from typing import Any

from deployments.emulator.services.resources.groups import GROUP

ZONE_TYPE = "Microsoft.Network/privateDnsZones"
STATUSES = GROUP + "/providers/Microsoft.Network/privateDnsOperationStatuses/{operation}"
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


def link_body(identity: str, network_id: str, *, registers: bool) -> dict[str, Any]:
    """A link that is being made."""
    properties = {
        "provisioningState": "Updating",
        "registrationEnabled": registers,
        "virtualNetwork": {"id": network_id},
        "virtualNetworkLinkState": "InProgress",
    }
    name = identity.rsplit("/", 1)[-1]
    kind = f"{ZONE_TYPE}/virtualNetworkLinks"
    return {"id": identity, "name": name, "type": kind, "location": "global", "tags": {}, "properties": properties}


def record_body(identity: str, zone: str, properties: dict[str, Any]) -> dict[str, Any]:
    """A record set."""
    kind, name = identity.split("/")[-2:]
    fqdn = f"{zone}." if name == "@" else f"{name}.{zone}."
    shown = {"metadata": {}, **properties, "fqdn": fqdn, "isAutoRegistered": False}
    return {"id": identity, "name": name, "type": f"{ZONE_TYPE}/{kind}", "properties": shown}
