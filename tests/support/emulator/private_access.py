"""Private access as the product makes it, for tests that call endpoints from inside the network."""

from __future__ import annotations

from tasks.clients.connect import connect
from tasks.domain.azure.networking.private_access import PrivateAccessSpec
from tasks.domain.common.target import AzureTarget


def private_access_in(subscription: str) -> PrivateAccessSpec:
    """A private endpoint in the network that every subscription begins with, and zones beside it."""
    group = f"/subscriptions/{subscription}/resourceGroups/network"
    subnet = f"{group}/providers/Microsoft.Network/virtualNetworks/callers/subnets/default"
    return PrivateAccessSpec(subnet=subnet, create_zones_in="network")


def connect_privately(target: AzureTarget) -> None:
    """Give a workspace that is there private access, and uploads to its storage."""
    spec = private_access_in(target.subscription_id)
    with connect(target) as azure:
        azure.private_access.connect(spec)
        azure.private_access.connect_storage(spec)
