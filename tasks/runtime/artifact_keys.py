"""Keys of the artifacts that hold state between runs."""

from __future__ import annotations

import hashlib
import re


def key_for(kind: str, name: str, identity: str) -> str:
    """Return an artifact key: a readable name, and a digest that makes it unique. Case-insensitive."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"{kind}-{slug}-{hashlib.sha256(identity.lower().encode()).hexdigest()[:6]}"
