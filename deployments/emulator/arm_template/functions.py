"""The functions of ARM templates that depend on their arguments alone."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from deployments.emulator.arm_template import hashing
from deployments.emulator.arm_template.expressions import ExpressionError

Function = Callable[..., Any]


def text_of(value: Any) -> str:
    """A value as ARM turns it into a string."""
    if isinstance(value, str):
        return value
    return "True" if value is True else "False" if value is False else json.dumps(value)


def _concat(*parts: Any) -> Any:
    if parts and isinstance(parts[0], list):
        return [item for part in parts for item in part]
    return "".join(map(text_of, parts))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ExpressionError(f"The template language function 'json' parameter is not valid JSON: {error}.") from error


def _equals(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, dict):
        return text_of(item).lower() in {name.lower() for name in container}
    return item in container


def _create_object(*parts: Any) -> dict[str, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _union(*parts: Any) -> Any:
    if isinstance(parts[0], dict):
        return {name: value for part in parts for name, value in part.items()}
    return _distinct([item for part in parts for item in part])


def _intersection(*parts: Any) -> Any:
    if isinstance(parts[0], dict):
        first, *others = parts
        return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
    return _distinct([item for item in parts[0] if all(item in other for other in parts[1:])])


def _distinct(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _flatten(lists: list[list[Any]]) -> list[Any]:
    return [item for inner in lists for item in inner]


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _format(pattern: str, *values: Any) -> str:
    return re.sub(r"\{(\d+)(?::[^}]*)?\}", lambda found: text_of(values[int(found[1])]), pattern)


def _split(text: str, separators: str | list[str]) -> list[str]:
    alternatives = [separators] if isinstance(separators, str) else separators
    return re.split("|".join(map(re.escape, alternatives)), text)


def _pad_left(value: Any, width: int, filler: str = " ") -> str:
    return text_of(value).rjust(width, filler)


def _take(container: Any, count: int) -> Any:
    return container[: max(count, 0)]


def _skip(container: Any, count: int) -> Any:
    return container[max(count, 0) :]


def _first(container: Any) -> Any:
    return container[0] if container else ("" if isinstance(container, str) else None)


def _last(container: Any) -> Any:
    return container[-1] if container else ("" if isinstance(container, str) else None)


def _substring(text: str, start: int, length: int | None = None) -> str:
    end = len(text) if length is None else start + length
    if not 0 <= start <= end <= len(text):
        raise ExpressionError(
            "The template language function 'substring' parameters are not valid: the index and length must refer "
            f"to a location within the string of length '{len(text)}'."
        )
    return text[start:end]


def _bool(value: Any) -> bool:
    return value.lower() == "true" if isinstance(value, str) else bool(value)


def _range(start: int, count: int) -> list[int]:
    return list(range(start, start + count))


def _smallest(*values: Any) -> Any:
    return min(values[0] if isinstance(values[0], list) else values)


def _largest(*values: Any) -> Any:
    return max(values[0] if isinstance(values[0], list) else values)


FUNCTIONS: dict[str, Function] = {
    "add": lambda one, other: one + other,
    "array": lambda value: value if isinstance(value, list) else [value],
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64tostring": lambda text: base64.b64decode(text).decode(),
    "bool": _bool,
    "coalesce": _coalesce,
    "concat": _concat,
    "contains": _contains,
    "createarray": lambda *items: list(items),
    "createobject": _create_object,
    "div": lambda one, other: math.trunc(one / other),
    "empty": lambda value: not value,
    "endswith": lambda text, end: text.lower().endswith(end.lower()),
    "equals": _equals,
    "false": lambda: False,
    "first": _first,
    "flatten": _flatten,
    "format": _format,
    "greater": lambda one, other: one > other,
    "greaterorequals": lambda one, other: one >= other,
    "guid": lambda *parts: hashing.guid(list(parts)),
    "indexof": lambda text, part: text.lower().find(part.lower()),
    "int": int,
    "intersection": _intersection,
    "items": lambda mapping: [{"key": name, "value": mapping[name]} for name in sorted(mapping)],
    "join": lambda items, separator: separator.join(map(text_of, items)),
    "json": _json,
    "last": _last,
    "length": len,
    "less": lambda one, other: one < other,
    "lessorequals": lambda one, other: one <= other,
    "max": _largest,
    "min": _smallest,
    "mod": lambda one, other: one % other,
    "mul": lambda one, other: one * other,
    "not": lambda value: not value,
    "null": lambda: None,
    "padleft": _pad_left,
    "range": _range,
    "replace": lambda text, old, new: text.replace(old, new),
    "skip": _skip,
    "split": _split,
    "startswith": lambda text, start: text.lower().startswith(start.lower()),
    "string": text_of,
    "sub": lambda one, other: one - other,
    "substring": _substring,
    "take": _take,
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
    "true": lambda: True,
    "union": _union,
    "uniquestring": lambda *parts: hashing.unique_string(list(parts)),
    "uricomponent": lambda text: quote(text, safe=""),
}
