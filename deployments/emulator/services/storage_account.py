"""Microsoft.Storage: accounts and their keys (the management side; blobs are served by `storage`)."""

from __future__ import annotations

import re
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request, conflict
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services import private_link
from deployments.emulator.services.storage import accounts
from deployments.emulator.services.tracked import TrackedType
from deployments.emulator.services.tracked_write import Write
from deployments.emulator.state import Resource

ACCOUNT_NAME = re.compile(r"[a-z0-9]{3,24}")
SERVICES = ("blob", "dfs", "file", "queue", "table", "web")
LOCATION = "/subscriptions/{subscription}/providers/Microsoft.Storage/locations/{location}"


def routes() -> list[Route]:
    """Accounts and their keys."""
    return [*ACCOUNTS.routes(), Route("POST", ACCOUNTS.path + "/{name}/listKeys", _list_keys)]


def set_up(emulator: Emulator) -> None:
    """Register how operations on accounts end."""
    accounts.prepare(emulator)
    ACCOUNTS.set_up(emulator)


def _build(write: Write) -> dict[str, Any]:
    _check_name(write)
    desired = write.properties
    now = write.emulator.clock.timestamp()
    sku = (write.document.get("sku") or {}).get("name") or "Standard_LRS"
    properties = {
        "keyCreationTime": write.kept("keyCreationTime", {"key1": now, "key2": now}),
        "allowSharedKeyAccess": desired.get("allowSharedKeyAccess", True),
        "minimumTlsVersion": desired.get("minimumTlsVersion", "TLS1_2"),
        "allowBlobPublicAccess": bool(desired.get("allowBlobPublicAccess", False)),
        "isHnsEnabled": bool(desired.get("isHnsEnabled", False)),
        "publicNetworkAccess": desired.get("publicNetworkAccess", "Enabled"),
        "networkAcls": _rules(desired.get("networkAcls") or {}),
        "supportsHttpsTrafficOnly": desired.get("supportsHttpsTrafficOnly", True),
        "encryption": _encryption(write, now),
        "accessTier": desired.get("accessTier", "Hot"),
        "provisioningState": "Succeeded",
        "creationTime": write.kept("creationTime", now),
        "primaryEndpoints": {kind: f"https://{write.name}.{kind}.core.windows.net/" for kind in SERVICES},
        "primaryLocation": write.document.get("location") or write.kept("primaryLocation", ""),
        "statusOfPrimary": "available",
    }
    kind = write.document.get("kind") or "StorageV2"
    return {"sku": {"name": sku, "tier": sku.split("_")[0]}, "kind": kind, "properties": properties}


def _rules(given: dict[str, Any]) -> dict[str, Any]:
    networks = [{"id": rule["id"], "action": "Allow"} for rule in given.get("virtualNetworkRules") or []]
    return {
        "bypass": given.get("bypass") or "AzureServices",
        "virtualNetworkRules": networks,
        "ipRules": given.get("ipRules") or [],
        "defaultAction": str(given.get("defaultAction") or "Allow").capitalize(),
    }


def _encryption(write: Write, now: str) -> dict[str, Any]:
    service = {"enabled": True, "keyType": "Account", "lastEnabledTime": now}
    first = {"services": {"file": service, "blob": service}, "keySource": "Microsoft.Storage"}
    found: dict[str, Any] = write.kept("encryption", first)
    return found


def _check_name(write: Write) -> None:
    if not ACCOUNT_NAME.fullmatch(write.name):
        raise bad_request(
            "AccountNameInvalid",
            f"{write.name} is not a valid storage account name. Storage account name must be between 3 and 24 "
            "characters in length and use numbers and lower-case letters only.",
        )
    if not write.existing and accounts.resource_of(write.emulator, write.name):
        raise conflict("StorageAccountAlreadyTaken", f"The storage account named {write.name} is already taken.")


def _created(emulator: Emulator, account: Resource) -> None:
    accounts.keys_of(emulator, account.name)


def _list_keys(call: Call) -> Answer:
    account = ACCOUNTS.require(call)
    made = account.properties["keyCreationTime"]
    keys = zip(("key1", "key2"), accounts.keys_of(call.emulator, account.name), strict=True)
    entries = [
        {"creationTime": made[name], "keyName": name, "value": value, "permissions": "FULL"} for name, value in keys
    ]
    return Answer(200, {"keys": entries})


ACCOUNTS = TrackedType(
    "Microsoft.Storage",
    "storageAccounts",
    _build,
    working="Creating",
    status_path=LOCATION + "/asyncoperations/{operation}",
    by_location=True,
    show=private_link.connections_shown,
    written=_created,
    busy=(
        "StorageAccountOperationInProgress",
        "An operation is currently performing on this storage account that requires exclusive access.",
    ),
)
