"""Private DNS: zones, links, record sets (Microsoft.Network/privateDnsZones)."""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.http.routing import Route
from deployments.emulator.services.private_dns.links import routes as link_routes
from deployments.emulator.services.private_dns.links import set_up as set_up_links
from deployments.emulator.services.private_dns.records import routes as record_routes
from deployments.emulator.services.private_dns.zones import ZONES, make_link, make_zone, set_records, zones_seen_from

__all__ = ["ZONES", "make_link", "make_zone", "routes", "set_records", "set_up", "zones_seen_from"]


def routes() -> list[Route]:
    """Zones, links, record sets."""
    return [*ZONES.routes(), *link_routes(), *record_routes()]


def set_up(emulator: Emulator) -> None:
    """Register how operations end."""
    ZONES.set_up(emulator)
    set_up_links(emulator)
