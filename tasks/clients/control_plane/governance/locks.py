"""Locks: read before a deletion, since one on a member lets the rest go before it fails."""

from __future__ import annotations

from typing import Final

from tasks.clients.transport.arm import Arm
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_API: Final = "2020-05-01"


class Locks:
    """The locks at, above and in the target's resource group."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._target = target
        self._arm = arm

    def require_none(self, resource_id: str) -> None:
        """Refuse the deletion of a resource or resource group that a lock forbids; only reads.

        Locks that the identity may not read are met in Azure's own refusal.

        Raises:
            Conflict: With the locks, and who can remove them.
        """
        path = f"{self._target.resource_group_id}/providers/Microsoft.Authorization/locks"
        try:
            listing = self._arm.read_all("list locks", path, _API)
        except (errors.AccessDenied, errors.NotFound, errors.RequestRefused):
            return
        found = [one for one in listing if _concerns(one["id"], resource_id)]
        if found:
            named = ", ".join(f"{one['name']} ({one['properties']['level']}) at {_scope(one['id'])}" for one in found)
            raise errors.Conflict(
                f"locks forbid the deletion: {named}. Nothing was removed",
                "Ask whoever set them. An Owner or User Access Administrator of that scope can remove them: az lock "
                f"delete --ids {' '.join(one['id'] for one in found)}.",
            )


def _concerns(lock_id: str, resource_id: str) -> bool:
    """Whether a lock is at, above or in a resource."""
    scope, resource = f"{_scope(lock_id)}/".lower(), f"{resource_id}/".lower()
    return resource.startswith(scope) or scope.startswith(resource)


def _scope(lock_id: str) -> str:
    return lock_id.rpartition("/providers/")[0]
