"""One permission of a role: patterns of actions and of data actions, with what is subtracted from each.

Source: learn.microsoft.com/azure/role-based-access-control/role-definitions
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions of the management plane and of the data plane; what `not_…` subtracts, another role may still give."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Permission:
        """Return the permission in a role definition's body."""
        names = ("actions", "notActions", "dataActions", "notDataActions")
        return cls(*(tuple(document.get(name) or ()) for name in names))

    def document(self) -> dict[str, list[str]]:
        """Return the permission as Azure shows it."""
        return {
            "actions": list(self.actions),
            "notActions": list(self.not_actions),
            "dataActions": list(self.data_actions),
            "notDataActions": list(self.not_data_actions),
        }

    def allows(self, action: str) -> bool:
        """Return whether this role alone allows an action of the management plane."""
        return matches(self.actions, action) and not matches(self.not_actions, action)

    def allows_data(self, action: str) -> bool:
        """Return whether this role alone allows an action on data; no management action ever does."""
        return matches(self.data_actions, action) and not matches(self.not_data_actions, action)


def matches(patterns: tuple[str, ...], action: str) -> bool:
    """Return whether any of the patterns stands for the action; case doesn't matter."""
    return bool(patterns) and bool(_expression(patterns).fullmatch(action))


@lru_cache(maxsize=1024)
def _expression(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """`*` stands for any characters, slashes included; `/*/` for a single slash as well.

    The latter is not documented. Without it AzureML Data Scientist, whose actions begin with `workspaces/*/`, could not
    read the workspace that it is documented to work in.
    """
    inner = "|".join(re.escape(one).replace(r"/\*/", "/(?:.*/)?").replace(r"\*", ".*") for one in patterns)
    return re.compile(inner, re.IGNORECASE)
