"""Microsoft.ContainerRegistry: registries (the management side only: no images)."""

from __future__ import annotations

import re
import uuid
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request, conflict
from deployments.emulator.services import private_link
from deployments.emulator.services.tracked import TrackedType
from deployments.emulator.services.tracked_write import Write
from deployments.emulator.state import Resource

REGISTRY_NAME = re.compile(r"[A-Za-z0-9]{5,50}")
TIERS = ("Basic", "Standard", "Premium")
LOCATION = "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/locations/{location}"


def _build(write: Write) -> dict[str, Any]:
    _check_name(write)
    tier = _tier(write)
    found = _body(write.name, tier, write.properties, write.emulator.clock.timestamp())
    found["properties"] |= {name: write.kept(name, found["properties"][name]) for name in ("creationDate", "policies")}
    _check_tier(write, tier, found["properties"])
    return found


def _body(name: str, tier: str, desired: dict[str, Any], now: str) -> dict[str, Any]:
    properties = {
        "loginServer": f"{name.lower()}.azurecr.io",
        "creationDate": now,
        "provisioningState": "Succeeded",
        "adminUserEnabled": bool(desired.get("adminUserEnabled", False)),
        "policies": _policies(now),
        "encryption": {"status": "disabled"},
        "dataEndpointEnabled": bool(desired.get("dataEndpointEnabled", False)),
        "dataEndpointHostNames": [],
        "publicNetworkAccess": desired.get("publicNetworkAccess", "Enabled"),
        "networkRuleBypassOptions": desired.get("networkRuleBypassOptions", "AzureServices"),
        "zoneRedundancy": desired.get("zoneRedundancy", "Disabled"),
    }
    if tier == "Premium":
        properties["networkRuleSet"] = desired.get("networkRuleSet") or {"defaultAction": "Allow", "ipRules": []}
    if desired.get("roleAssignmentMode"):
        properties["roleAssignmentMode"] = desired["roleAssignmentMode"]
    return {"sku": {"name": tier, "tier": tier}, "properties": properties}


def make_for(emulator: Emulator, workspace: Resource) -> Resource:
    """Make the registry that a workspace gets with its first image: beside it, without tags, under a random name.

    Premium, since a managed network reaches it by a private endpoint (assumed).
    """
    name, group = uuid.uuid4().hex, workspace.id.split("/providers/")[0]
    identity = f"{group}/providers/{REGISTRIES.type}/{name}"
    place = {"id": identity, "name": name, "type": REGISTRIES.type, "location": workspace.body["location"], "tags": {}}
    body = _body(name, "Premium", {"adminUserEnabled": True}, emulator.clock.timestamp())
    return emulator.resources.put(identity, {**place, **body})


def _tier(write: Write) -> str:
    given = (write.document.get("sku") or {}).get("name")
    tier = next((tier for tier in TIERS if tier.lower() == str(given).lower()), None)
    if tier is None:
        raise bad_request("SkuNotSupported", f"The SKU '{given}' is not one of {', '.join(TIERS)}.")
    return tier


def _check_tier(write: Write, tier: str, properties: dict[str, Any]) -> None:
    """Refuse features that only Premium has (learn.microsoft.com/azure/container-registry/container-registry-skus)."""
    if tier == "Premium":
        return
    more = f"is not supported for the SKU {tier}. For more information, please visit https://aka.ms/acr/private-link."
    if properties["publicNetworkAccess"] == "Disabled":
        raise bad_request("DisablingPublicNetworkAccessNotSupported", f"Disabling public network access {more}")
    if (write.properties.get("networkRuleSet") or {}).get("defaultAction") == "Deny":
        raise bad_request("NetworkRuleSetNotSupported", f"A network rule set that denies {more}")
    if private_link.connections_of(write.emulator, write.id):
        raise bad_request("PrivateEndpointConnectionsNotSupported", f"A private endpoint connection {more}")


def _policies(now: str) -> dict[str, Any]:
    return {
        "quarantinePolicy": {"status": "disabled"},
        "trustPolicy": {"type": "Notary", "status": "disabled"},
        "retentionPolicy": {"days": 7, "lastUpdatedTime": now, "status": "disabled"},
        "exportPolicy": {"status": "enabled"},
    }


def _check_name(write: Write) -> None:
    if not REGISTRY_NAME.fullmatch(write.name):
        raise bad_request(
            "InvalidResourceName",
            f"Resource names may contain alpha numeric characters only and must be between 5 and 50 characters: "
            f"'{write.name}'.",
        )
    if not write.existing and write.emulator.resources.named(REGISTRIES.type, write.name):
        raise conflict("AlreadyInUse", f"The registry DNS name {write.name.lower()}.azurecr.io is already in use.")


REGISTRIES = TrackedType(
    "Microsoft.ContainerRegistry",
    "registries",
    _build,
    working="Creating",
    status_path=LOCATION + "/operationStatuses/{operation}",
    slow_update=True,
    show=private_link.connections_shown,
)
routes, set_up = REGISTRIES.routes, REGISTRIES.set_up
