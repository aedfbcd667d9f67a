"""Storage accounts of the control plane; what is in them is the data plane's."""

from __future__ import annotations

from typing import Final

from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Json
from tasks.domain.azure.storage import StorageAccount

STORAGE_API: Final = "2023-01-01"


def read_storage_account(arm: Arm, resource_id: str) -> StorageAccount:
    """Read a storage account.

    Raises:
        NotFound: When it is not there.
    """
    return as_storage_account(
        arm.read(f"read storage account {resource_id.rsplit('/', 1)[-1]}", resource_id, STORAGE_API)
    )


def as_storage_account(body: Json) -> StorageAccount:
    """Return the value for a storage account's JSON."""
    properties = body["properties"]
    access = str(properties.get("publicNetworkAccess") or "Enabled").lower()
    default = str((properties.get("networkAcls") or {}).get("defaultAction") or "Allow").lower()
    return StorageAccount(
        id=body["id"],
        is_public=access == "enabled" and default == "allow",
        takes_keys=properties.get("allowSharedKeyAccess") is not False,
    )
