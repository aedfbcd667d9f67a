"""Vaults and their firewall."""

from __future__ import annotations

import re
from typing import Any

from deployments.emulator.errors import bad_request, conflict
from deployments.emulator.services import private_link
from deployments.emulator.services.key_vault import deleted_vaults
from deployments.emulator.services.tracked import TrackedType
from deployments.emulator.services.tracked_write import Write

VAULT_NAME = re.compile(r"[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]")
SWITCHES = ("enabledForDeployment", "enabledForDiskEncryption", "enabledForTemplateDeployment")


def _build(write: Write) -> dict[str, Any]:
    _check_name(write)
    desired = write.properties
    if str(desired.get("createMode")).lower() == "recover" and not write.existing:
        found = deleted_vaults.recovered(write.emulator, write.id)
        return {"tags": found.body.get("tags") or {}, "properties": found.properties}
    properties = {
        "sku": desired.get("sku") or {"family": "A", "name": "standard"},
        "tenantId": desired.get("tenantId") or write.emulator.directory.tenant_id,
        "accessPolicies": desired.get("accessPolicies") or [],
        **{name: bool(desired.get(name, False)) for name in SWITCHES},
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": _retention(write),
        "enableRbacAuthorization": bool(desired.get("enableRbacAuthorization", False)),
        "vaultUri": f"https://{write.name.lower()}.vault.azure.net/",
        "publicNetworkAccess": desired.get("publicNetworkAccess", "Enabled"),
        "provisioningState": "Succeeded",
    }
    if desired.get("networkAcls"):
        properties["networkAcls"] = _rules(desired["networkAcls"])
    if desired.get("enablePurgeProtection"):
        properties["enablePurgeProtection"] = True
    return {"properties": properties}


def _retention(write: Write) -> int:
    days = int(write.properties.get("softDeleteRetentionInDays", 90))
    if not 7 <= days <= 90:  # Azure's limits
        raise bad_request(
            "BadRequest",
            f"The property \"softDeleteRetentionInDays\" has an invalid value '{days}': it must be from 7 to 90.",
        )
    return days


def _rules(given: dict[str, Any]) -> dict[str, Any]:
    networks = [{"id": rule["id"].lower()} for rule in given.get("virtualNetworkRules") or []]
    return {
        "bypass": given.get("bypass") or "AzureServices",
        "defaultAction": str(given.get("defaultAction") or "Allow").capitalize(),
        "ipRules": [{"value": rule["value"]} for rule in given.get("ipRules") or []],
        "virtualNetworkRules": networks,
    }


def _check_name(write: Write) -> None:
    if not VAULT_NAME.fullmatch(write.name):
        raise bad_request(
            "VaultNameNotValid",
            f"The vault name '{write.name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. "
            "The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. "
            "Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742",
        )
    recovers = str(write.properties.get("createMode")).lower() == "recover"
    if not write.existing and not recovers and deleted_vaults.deleted_vault(write.emulator, write.name):
        raise conflict(
            "ConflictError",
            "A vault with the same name already exists in deleted state. You need to either recover or purge existing "
            "key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft "
            "delete.",
        )
    if not write.existing and write.emulator.resources.named(VAULTS.type, write.name):
        raise conflict(
            "VaultAlreadyExists",
            f"The vault name '{write.name}' is already in use. Vault names are globally unique so it is possible that "
            "the name is already taken. If you are sure that the vault name was not taken then it is possible that a "
            "vault with the same name was recently deleted but not purged after being placed in a recoverable state.",
        )


VAULTS = TrackedType(
    "Microsoft.KeyVault",
    "vaults",
    _build,
    working="RegisteringDns",
    new_is_201=False,
    show=private_link.connections_shown,
)
routes, set_up = VAULTS.routes, VAULTS.set_up
