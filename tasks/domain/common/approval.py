"""What a person is asked to approve."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue

_DIGEST_CHARS: Final = 12


class Proposal(BaseModel):
    """A plan that waits for a person.

    Attributes:
        key: Stands for exactly this plan: an approval is good for no other.
        summary: One sentence: what would be done.
        markdown: The plan, for the form.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    summary: str
    markdown: str


def digest(told: Sequence[JsonValue]) -> str:
    """A short name for a value; another value has another one."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:_DIGEST_CHARS]
