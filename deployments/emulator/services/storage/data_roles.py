"""Roles that give access to the data of a storage account; Owner and Contributor give none.

Source: learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
"""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.directory import Principal

BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
READ, WRITE, DELETE = f"{BLOBS}/read", f"{BLOBS}/write", f"{BLOBS}/delete"
DATA_ACTIONS = {
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": (READ,),  # Storage Blob Data Reader
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": (READ, WRITE, DELETE),  # Storage Blob Data Contributor
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": (READ, WRITE, DELETE),  # Storage Blob Data Owner
}


def held(emulator: Emulator, principal: Principal, scope: str) -> list[tuple[str, ...]]:
    """The data actions that each of a principal's roles gives at a scope, inherited from the scopes above it."""
    at = f"{scope.lower()}/"
    found = []
    for assignment in emulator.resources.of_type("Microsoft.Authorization/roleAssignments"):
        properties = assignment.properties
        role = str(properties["roleDefinitionId"]).rsplit("/", 1)[-1].lower()
        above = f"{str(properties['scope']).lower().rstrip('/')}/"
        if properties["principalId"] == principal.object_id and role in DATA_ACTIONS and at.startswith(above):
            found.append(DATA_ACTIONS[role])
    return found


def allows_data(emulator: Emulator, principal: Principal, data_action: str, scope: str) -> bool:
    """Return whether a principal may take a data action at a scope."""
    return any(data_action in actions for actions in held(emulator, principal, scope))
