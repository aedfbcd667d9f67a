"""Permissions of an identity in a scope, computed from Azure's lists of allowed actions."""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel

# The actions that the lifecycle needs in the resource group; Contributor has them all.
LIFECYCLE_ACTIONS: Final = (
    "Microsoft.Resources/deployments/write",
    "Microsoft.MachineLearningServices/workspaces/write",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/delete",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/listKeys/action",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/write",
)


class Permission(BaseModel, frozen=True):
    """One role's actions and exceptions; ``*`` stands for anything."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Return whether this role alone allows the action."""
        return _matches(self.actions, action) and not _matches(self.not_actions, action)


def missing_actions(
    permissions: tuple[Permission, ...], needed: tuple[str, ...] = LIFECYCLE_ACTIONS
) -> tuple[str, ...]:
    """Return the needed actions that no role allows. An exception in one role doesn't restrict another.

    Source: learn.microsoft.com/azure/role-based-access-control/role-definitions
    """
    return tuple(a for a in needed if not any(p.allows(a) for p in permissions))


def _matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(re.fullmatch(re.escape(p).replace(r"\*", ".*"), action, re.IGNORECASE) for p in patterns)
