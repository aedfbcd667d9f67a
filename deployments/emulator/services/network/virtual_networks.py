"""Virtual networks."""

from __future__ import annotations

import ipaddress
import uuid
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request
from deployments.emulator.services.network import subnets
from deployments.emulator.services.network.common import NAMESPACE, STATUSES, etag
from deployments.emulator.services.tracked import TrackedType
from deployments.emulator.services.tracked_write import Write
from deployments.emulator.state import Resource


def make_network(emulator: Emulator, group: Resource, name: str, prefix: str) -> Resource:
    """A finished virtual network with one address range and no subnet, made if it isn't there."""
    identity = f"{group.id}/providers/{NETWORKS.type}/{name}"
    existing = emulator.resources.get(identity)
    if existing:
        return existing
    body = {"id": identity, "name": name, "type": NETWORKS.type, "location": group.body["location"], "tags": {}}
    properties = {**_properties([prefix], str(uuid.uuid4())), "provisioningState": "Succeeded"}
    return emulator.resources.put(identity, {**body, "etag": etag(), "properties": properties})


def _properties(prefixes: list[str], guid: str) -> dict[str, Any]:
    return {
        "resourceGuid": guid,
        "addressSpace": {"addressPrefixes": prefixes},
        "virtualNetworkPeerings": [],
        "enableDdosProtection": False,
    }


def _build(write: Write) -> dict[str, Any]:
    prefixes = (write.properties.get("addressSpace") or {}).get("addressPrefixes") or []
    if not prefixes:
        raise bad_request("InvalidRequestFormat", "Cannot parse the request: a virtual network needs an address space.")
    for prefix in prefixes:
        range_of(prefix)
    # Subnets are resources of their own; those written inside the network are made when the write is complete.
    write.private["subnets"] = (write.document.get("properties") or {}).get("subnets") or []
    guid = write.kept("resourceGuid", str(uuid.uuid4()))
    return {"etag": etag(), "properties": _properties(prefixes, guid)}


def range_of(prefix: str) -> ipaddress.IPv4Network:
    """The address range of a prefix such as 10.0.0.0/16.

    Raises:
        ArmError: 400 InvalidCIDRNotation.
    """
    try:
        return ipaddress.IPv4Network(prefix)
    except ValueError as error:
        raise bad_request(
            "InvalidCIDRNotation", f"The address prefix {prefix} does not have correct CIDR format."
        ) from error


def _written(emulator: Emulator, network: Resource) -> None:
    for desired in network.private.get("subnets", []):
        subnets.make_subnet(emulator, network, desired["name"], desired.get("properties") or {})


def _subnets(emulator: Emulator, network: Resource) -> dict[str, Any]:
    found = emulator.resources.members(f"{network.id}/subnets")
    return {"subnets": [subnets.shown(emulator, subnet) for subnet in found]}


def _require_unused(emulator: Emulator, network: Resource) -> None:
    for subnet in emulator.resources.members(f"{network.id}/subnets"):
        subnets.require_unused(emulator, subnet)


NETWORKS = TrackedType(
    NAMESPACE,
    "virtualNetworks",
    _build,
    working="Updating",
    status_path=STATUSES,
    slow_update=True,
    slow_delete=True,
    written=_written,
    show=_subnets,
    may_delete=_require_unused,
)
