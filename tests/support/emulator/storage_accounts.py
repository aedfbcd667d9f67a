"""Storage accounts in the session's emulator, made through the management plane."""

from __future__ import annotations

from support.emulator.management import Management
from support.emulator.running import RunningEmulator

STORAGE = "2023-01-01"


def storage_account(emulator: RunningEmulator, name: str, **properties: object) -> str:
    """An account; returns one of its keys."""
    management = Management(emulator)
    group = f"{management.subscription}/resourceGroups/rg-{name}"
    management.put(group, {"location": "westeurope"})
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/{name}"
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": properties}
    management.put(path, body, STORAGE)
    found = management.ask("POST", f"{path}/listKeys", version=STORAGE).json()
    return str(found["keys"][0]["value"])
