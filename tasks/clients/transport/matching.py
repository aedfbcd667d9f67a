"""Compare a resource with a request body, to skip updates that change nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from tasks.clients.transport.wire import Json
from tasks.domain.azure.ownership import MARKER_TAG, OWNERSHIP_TAGS, with_ownership
from tasks.domain.common.tags import NO_TAGS

# Distinguishes values that the spec no longer has from values that Azure added: the resource alone doesn't show it.
DEFINITION_TAG: Final = "azureml-endpoint-ops-definition"

# Azure adds to these itself, or they are equal in every request of this project.
_NOT_COMPARED: Final = frozenset({"identity"})


def matches_requested(desired: object, shown: object) -> bool:
    """Return whether ``shown`` has every value of ``asked``; further values of ``shown`` are ignored.

    Text compares case-insensitively, since Azure changes the case of ids and words. A missing value equals null, zero
    and empty.
    """
    if isinstance(desired, Mapping):
        present = shown if isinstance(shown, Mapping) else {}
        return all(
            matches_requested(value, present.get(name)) for name, value in desired.items() if name not in _NOT_COMPARED
        )
    if isinstance(desired, list | tuple):
        items = shown if isinstance(shown, list | tuple) else ()
        return len(desired) == len(items) and all(map(matches_requested, desired, items))
    if isinstance(desired, str) and isinstance(shown, str):
        return desired.lower() == shown.lower()
    return desired == shown or (not desired and not shown)


def matches_stamped(desired: Json, shown: Json) -> bool:
    """Return whether a resource of ours is as its stamped body says.

    Of the tags, only those of this project count: a policy may change the others in silence; the digest covers them.
    """
    own = {name: desired["tags"][name] for name in (*OWNERSHIP_TAGS, MARKER_TAG, DEFINITION_TAG)}
    return matches_requested({**desired, "tags": own}, shown)


def stamped(body: Json, resource_id: str, tags: Mapping[str, str] = NO_TAGS) -> Json:
    """Return the body with the team's tags, our ownership tags, and the SHA-256 of its definition as a tag."""
    body = {**body, "tags": {**tags, **(body.get("tags") or {})}} if tags else body
    definition = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    return {**body, "tags": {**with_ownership(body.get("tags"), resource_id), DEFINITION_TAG: definition}}
