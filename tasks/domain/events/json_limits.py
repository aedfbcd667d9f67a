"""Limits of a JSON text, checked before it is parsed: within a megabyte, deep or many values cost a second to read."""

from __future__ import annotations

import re
from typing import Final

MAX_DEPTH: Final = 32
MAX_VALUES: Final = 100_000  # Event Grid's largest request, 1 MiB in 5,000 events, has about 60,000
# A string, or what is left of an unfinished one: it always matches to its end, so that no text is searched twice.
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS: Final = re.compile(r"[\[\]{}]")


def excess(text: str) -> str:
    """Return in which way a JSON text exceeds the limits; empty if it keeps them."""
    bare = _STRING.sub("", text)
    if sum(bare.count(sign) for sign in ",[{") > MAX_VALUES:
        return f"holds more than {MAX_VALUES} values"
    depth = 0
    for bracket in _BRACKETS.findall(bare):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            return f"is nested deeper than {MAX_DEPTH} levels"
    return ""
