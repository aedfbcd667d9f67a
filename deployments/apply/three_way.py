"""Three-way merge of an object's fields: as applied last, as the server has them now, and as the project wants them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Digests = Mapping[str, str]


@dataclass(frozen=True)
class Merged:
    """The fields to write.

    Attributes:
        values: The value of each field; a field that is absent is removed.
        kept: The fields whose value, or absence, is a person's and not the project's.
    """

    values: dict[str, Any]
    kept: tuple[str, ...] = ()


def merge(last: Digests | None, now: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> Merged:
    """Return the project's value of each field that is as it was applied last, else the person's.

    Args:
        last: The digest of each field as it was applied last. None: not known, so that every difference is a person's.
        now: The fields on the server; None where it does not have the object.
        wanted: The project's fields.
    """
    if now is None:
        return Merged(dict(wanted))
    values, kept = {}, []
    for name in dict.fromkeys((*wanted, *now)):
        is_changed = _is_changed(name, last, now)
        source = now if is_changed else wanted
        if name in source:
            values[name] = source[name]
        if is_changed and _digest_of(name, now) != _digest_of(name, wanted):
            kept.append(name)
    return Merged(values, tuple(kept))


def _is_changed(name: str, last: Digests | None, now: Mapping[str, Any]) -> bool:
    if last is None:
        return name in now
    return _digest_of(name, now) != last.get(name)


def _digest_of(name: str, values: Mapping[str, Any]) -> str | None:
    return digest(values[name]) if name in values else None


def digests(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the digest of each value."""
    return {name: digest(value) for name, value in values.items()}


def digest(value: Any) -> str:
    """Return a short digest of a JSON value, whatever the order of its names."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]
