"""Tenants, subscriptions and their regions."""

from __future__ import annotations

import uuid
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.http.access import subscriptions_of
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.rights import Rights

SUBSCRIPTIONS = "Microsoft.Resources/subscriptions"
REGIONS = {
    "australiaeast": "Australia East",
    "brazilsouth": "Brazil South",
    "canadacentral": "Canada Central",
    "centralus": "Central US",
    "eastasia": "East Asia",
    "eastus": "East US",
    "eastus2": "East US 2",
    "eastus2euap": "East US 2 EUAP",
    "francecentral": "France Central",
    "germanywestcentral": "Germany West Central",
    "italynorth": "Italy North",
    "japaneast": "Japan East",
    "koreacentral": "Korea Central",
    "northcentralus": "North Central US",
    "northeurope": "North Europe",
    "norwayeast": "Norway East",
    "polandcentral": "Poland Central",
    "southafricanorth": "South Africa North",
    "southcentralus": "South Central US",
    "southeastasia": "Southeast Asia",
    "spaincentral": "Spain Central",
    "swedencentral": "Sweden Central",
    "switzerlandnorth": "Switzerland North",
    "uaenorth": "UAE North",
    "uksouth": "UK South",
    "westcentralus": "West Central US",
    "westeurope": "West Europe",
    "westus": "West US",
    "westus2": "West US 2",
    "westus3": "West US 3",
}


def routes() -> list[Route]:
    """Return the routes above the resource groups."""
    return [
        Route("GET", "/tenants", _tenants),
        Route("GET", "/subscriptions", _list),
        Route("GET", "/subscriptions/{subscription}", _get, action=f"{SUBSCRIPTIONS}/read", filtered=True),
        Route("GET", "/subscriptions/{subscription}/locations", _locations, action=f"{SUBSCRIPTIONS}/locations/read"),
    ]


def set_up(emulator: Emulator) -> None:
    """Make the subscription."""
    emulator.resources.setting("subscription", lambda: str(uuid.uuid4()))


def region_named(name: Any) -> str:
    """Return a region by its name or its display name, in the form of its name; empty where there is none."""
    region = str(name or "").replace(" ", "").lower()
    return region if region in REGIONS else ""


def document(emulator: Emulator, identity: str = "") -> dict[str, Any]:
    """A subscription as templates see it: the team's own unless another is named."""
    identity = identity or emulator.resources.setting("subscription", str)
    tenant = emulator.directory.tenant_id
    return {
        "id": f"/subscriptions/{identity}",
        "subscriptionId": identity,
        "tenantId": tenant,
        "displayName": "Emulated subscription",
    }


def _document(call: Call, identity: str) -> dict[str, Any]:
    policies = {"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"}
    return {
        **document(call.emulator, identity),
        "state": "Enabled",
        "subscriptionPolicies": policies,
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
    }


def _tenants(call: Call) -> Answer:
    tenant = call.emulator.directory.tenant_id
    entry = {"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "Emulated tenant", "tenantCategory": "Home"}
    return Answer(200, {"value": [entry]})


def _list(call: Call) -> Answer:
    rights, caller = call.emulator.part(Rights), call.principal
    seen = [
        one
        for one in subscriptions_of(call.emulator)
        if caller and rights.has_any_in(caller.object_id, f"/subscriptions/{one}")
    ]
    return Answer(200, {"value": [_document(call, one) for one in seen]})


def _get(call: Call) -> Answer:
    return Answer(200, _document(call, call.params["subscription"].lower()))


def _locations(call: Call) -> Answer:
    base = f"/subscriptions/{call.params['subscription']}/locations"
    entries = [
        {
            "id": f"{base}/{name}",
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": display,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
        }
        for name, display in REGIONS.items()
    ]
    return Answer(200, {"value": entries})
