"""Compare the answers of two online deployments: JSON values within a tolerance, or their shape alone."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, Field

from tasks.domain.common.secret_names import is_secret_name


class Parity(BaseModel, frozen=True, extra="forbid", title="Parity", use_attribute_docstrings=True):
    """Required similarity of the answers to the golden requests, before any user reaches the candidate."""

    compare: Literal["values", "shape", "nothing"] = "values"
    """values: numbers within the tolerance, all else equal. shape: types, names and lengths alone."""
    relative_tolerance: float = Field(default=0.05, ge=0, title="Relative tolerance")
    """0.05: numbers may differ by five percent."""
    absolute_tolerance: float = Field(default=1e-6, ge=0, title="Absolute tolerance")
    """Smaller differences of numbers are ignored."""
    rounds: int = Field(default=3, ge=1, le=100)
    """Times to send each request to each color, for latency."""


def differences(before: str, after: str, parity: Parity) -> tuple[str, ...]:
    """Return where two answers differ, one sentence each. An answer that is not valid JSON is compared as text.

    Lists are compared item by item, in their order.
    """
    if parity.compare == "nothing":
        return ()
    one, other = _parsed(before), _parsed(after)
    if isinstance(one, str) and isinstance(other, str):
        one, other = _opened(one), _opened(other)
    return tuple(_between("$", one, other, parity))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _opened(text: str) -> Any:
    """Return the object or list encoded in a text, as some scripts answer; else the text."""
    inner = _parsed(text)
    return inner if isinstance(inner, dict | list) else text


def _between(path: str, before: Any, after: Any, parity: Parity) -> Iterator[str]:
    kinds = _kind(before), _kind(after)
    if kinds[0] != kinds[1]:
        yield f"{path} is {kinds[1]}, was {kinds[0]}"
    elif isinstance(before, dict):
        yield from _between_objects(path, before, after, parity)
    elif isinstance(before, list):
        if len(before) != len(after):
            yield f"{path} has {len(after)} items, had {len(before)}"
        for at, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from _between(f"{path}[{at}]", one, other, parity)
    elif parity.compare == "values" and not _alike(before, after, parity):
        hidden = is_secret_name(path)
        yield f"{path} differs" if hidden else f"{path} is {_short(after)}, was {_short(before)}"


def _between_objects(path: str, before: dict[str, Any], after: dict[str, Any], parity: Parity) -> Iterator[str]:
    for name in (*before, *(name for name in after if name not in before)):
        if name not in after:
            yield f"{path}.{name} is missing"
        elif name not in before:
            yield f"{path}.{name} is new"
        else:
            yield from _between(f"{path}.{name}", before[name], after[name], parity)


def _alike(before: Any, after: Any, parity: Parity) -> bool:
    if before == after or isinstance(before, bool) or not isinstance(before, int | float):
        return bool(before == after)
    try:
        if math.isnan(before) or math.isnan(after):
            return math.isnan(before) and math.isnan(after)
        return math.isclose(before, after, rel_tol=parity.relative_tolerance, abs_tol=parity.absolute_tolerance)
    except OverflowError:  # an integer beyond what a float can hold
        return False


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {dict: "an object", list: "a list", str: "text"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "a number")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
