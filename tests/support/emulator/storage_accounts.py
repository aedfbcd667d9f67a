"""Storage accounts in the session's emulator, made through the management plane."""

from __future__ import annotations

import uuid

from support.emulator.management import Management
from support.emulator.running import RunningEmulator

STORAGE, RIGHTS = "2023-01-01", "2022-04-01"
PROPAGATION = 60  # seconds of the emulator, by far enough for a new assignment to count
ROLES = {
    "Azure AI Enterprise Network Connection Approver": "b556d68e-0be0-4f35-a333-ad7ee1ce17ea",
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
}


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


def give_role(management: Management, scope: str, role: str, object_id: str = "") -> str:
    """Give a principal, by default the one who asks, a role at a scope; returns the assignment's id."""
    definition = f"{management.subscription}/providers/Microsoft.Authorization/roleDefinitions/{ROLES[role]}"
    given = {"roleDefinitionId": definition, "principalId": object_id or management.object_id}
    assignment = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    management.ask("PUT", assignment, {"properties": given}, RIGHTS).raise_for_status()
    management.emulator.advance(PROPAGATION)
    return assignment
