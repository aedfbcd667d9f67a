"""Keys of artifacts that hold what is kept from run to run."""

from __future__ import annotations

import hashlib
import re


def key_for(kind: str, name: str, identity: str) -> str:
    """An artifact key: a name for people, and a digest that tells apart what has the same name. Case doesn't matter."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"{kind}-{slug}-{hashlib.sha256(identity.lower().encode()).hexdigest()[:6]}"
