"""The routes of Microsoft.Network, private DNS excepted."""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.http.routing import Route
from deployments.emulator.services.network import (
    callers,
    interfaces,
    landing_zones,
    private_endpoints,
    subnets,
    zone_groups,
)
from deployments.emulator.services.network.virtual_networks import NETWORKS


def routes() -> list[Route]:
    """Virtual networks, subnets, network interfaces, private endpoints and their DNS zone groups."""
    return [
        *NETWORKS.routes(),
        *subnets.routes(),
        *interfaces.routes(),
        *private_endpoints.PRIVATE_ENDPOINTS.routes(),
        *zone_groups.routes(),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how operations end, and seed the callers' network."""
    NETWORKS.set_up(emulator)
    subnets.set_up(emulator)
    private_endpoints.set_up(emulator)
    zone_groups.set_up(emulator)
    callers.set_up(emulator)
    landing_zones.set_up(emulator)
