"""Whether a resource already is what a request body would make it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from tasks.clients.transport.wire import Json
from tasks.domain.azure.ownership import with_ownership

# Tells what is no longer asked for from what Azure added: the resource alone doesn't show it.
DEFINITION_TAG: Final = "azureml-endpoint-ops-definition"

# Azure adds to these by itself, or they are the same in every request of ours.
_NOT_COMPARED: Final = frozenset({"identity"})


def same_where_asked(asked: object, shown: object) -> bool:
    """Whether ``shown`` agrees with everything that ``asked`` names; what is not named may be anything.

    Text compares without regard to case, since Azure answers ids and words in cases of its own. An empty or missing
    value agrees with nothing, null, zero or empty.
    """
    if isinstance(asked, Mapping):
        there = shown if isinstance(shown, Mapping) else {}
        return all(
            same_where_asked(value, there.get(name)) for name, value in asked.items() if name not in _NOT_COMPARED
        )
    if isinstance(asked, list | tuple):
        there_too = shown if isinstance(shown, list | tuple) else ()
        return len(asked) == len(there_too) and all(map(same_where_asked, asked, there_too))
    if isinstance(asked, str) and isinstance(shown, str):
        return asked.lower() == shown.lower()
    return asked == shown or (not asked and not shown)


def stamped(body: Json) -> Json:
    """The body with our ownership tags, and the SHA-256 of what it defines as a tag."""
    definition = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    return {**body, "tags": {**with_ownership(body.get("tags")), DEFINITION_TAG: definition}}
