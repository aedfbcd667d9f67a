"""Hints with the real names in them, so that a command in one can be copied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tasks.domain.common.commands import argument

_NAMES: Final[Mapping[str, str]] = {
    "resource_group": r"/resourceGroups/([^/?\"']+)",
    "workspace_id": r"(/subscriptions/[^?\"']+/workspaces/[^/?\"']+)",
    "workspace": r"/workspaces/([^/?\"']+)",
    "endpoint": r"/onlineEndpoints/([^/?\"']+)",
    "online_deployment": r"/onlineEndpoints/[^/]+/deployments/([^/?\"']+)",
    "vault": r"/vaults/([^/?\"']+)|vault name '([^']+)'",
    "namespace": r"namespace '?(Microsoft\.\w+)|provider '?(Microsoft\.\w+)|/providers/(Microsoft\.\w+)",
    "account": r"//([^./]+)\.blob\.",
}


def fill_in(hint: str, *sources: str) -> str:
    """Fill the names in braces of a hint from the first source that has each, such as an address or a message.

    A name that no source has becomes a word in capitals: ``{vault}`` becomes ``VAULT``.
    """
    return re.sub(r"\{(\w+)\}", lambda found: _name(found[1], sources), hint)


def _name(kind: str, sources: tuple[str, ...]) -> str:
    found = (re.search(_NAMES[kind], source, re.IGNORECASE) for source in sources)
    return next((argument(one[one.lastindex or 0]) for one in found if one), kind.upper())
