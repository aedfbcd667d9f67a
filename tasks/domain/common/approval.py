"""A plan that needs manual approval."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, JsonValue

_DIGEST_CHARS: Final = 12


class Proposal(BaseModel, frozen=True):
    """A plan that waits for manual approval.

    Attributes:
        key: Identifies exactly this plan: an approval applies to no other.
        summary: The plan in one sentence.
        markdown: The plan in full, for the form.
    """

    key: str
    summary: str
    markdown: str


def digest(value: Sequence[JsonValue]) -> str:
    """Return a short digest of a value; different values have different digests."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:_DIGEST_CHARS]
