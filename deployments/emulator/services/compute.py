"""Microsoft.Compute: the list of machine sizes, with those that the subscription may not use."""

from __future__ import annotations

import re
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.machine_learning.restrictions import is_restricted
from deployments.emulator.services.machine_learning.vm_sizes import KNOWN, Size
from deployments.emulator.services.resources.subscriptions import REGIONS

ZONES = ("1", "2", "3")
_FILTER = re.compile(r"^\s*location eq '([^']+)'\s*$", re.IGNORECASE)


def routes() -> list[Route]:
    """The one list that the flows read."""
    return [Route("GET", "/subscriptions/{subscription}/providers/Microsoft.Compute/skus", _skus)]


def _skus(call: Call) -> Answer:
    wanted = str(call.query.get("$filter", ""))
    match = _FILTER.match(wanted)
    if wanted and not match:
        raise ArmError(400, "InvalidFilter", f"The filter '{wanted}' is not supported; the only one is location eq.")
    regions = [match[1].replace(" ", "").lower()] if match else [str(name) for name in REGIONS]
    return Answer(200, {"value": [_sku(call.emulator, region, size) for region in regions for size in KNOWN]})


def _sku(emulator: Emulator, region: str, size: Size) -> dict[str, Any]:
    return {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "size": size.name.removeprefix("Standard_"),
        "family": size.family,
        "locations": [region],
        "locationInfo": [{"location": region, "zones": list(ZONES), "zoneDetails": []}],
        "capabilities": [
            {"name": "vCPUs", "value": str(size.cores)},
            {"name": "MemoryGB", "value": f"{size.memory_gb:g}"},
        ],
        "restrictions": [_restriction(region)] if is_restricted(emulator, region, size.name) else [],
    }


def _restriction(region: str) -> dict[str, Any]:
    return {
        "type": "Location",
        "values": [region],
        "restrictionInfo": {"locations": [region]},
        "reasonCode": "NotAvailableForSubscription",
    }
