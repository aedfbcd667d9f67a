"""Lists that come in pages, with a `nextLink` as long as there is more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from deployments.emulator.http.call import Answer, Call

PAGE = 100
MAXIMUM_PAGE = 1000
Item = TypeVar("Item")


def page(call: Call, items: Sequence[Item], show: Callable[[Item], dict[str, Any]]) -> Answer:
    """One page: it begins at `$skip` and is `count` long; `$top` limits the whole list."""
    start = _number(call, "$skip", 0)
    length = min(_number(call, "count", PAGE), MAXIMUM_PAGE) or PAGE
    last = start + min(_number(call, "$top", len(items)), len(items) - start)
    end = min(start + length, last)
    found: dict[str, Any] = {"value": [show(item) for item in items[start:end]]}
    if end < last:
        query = {**call.query, "$skip": str(end)} | ({"$top": str(last - end)} if "$top" in call.query else {})
        found["nextLink"] = f"{call.url}?{urlencode(query, safe='$')}"
    return Answer(200, found)


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, "")
    return int(text) if text.isdecimal() else default
