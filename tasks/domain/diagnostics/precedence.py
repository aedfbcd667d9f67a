"""Explanations among findings, and the order of precedence: how one root cause is named among many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

# What codes begin with, from the workspace outward to the call.
_ORDER: Final = ("WS", "NET", "REG", "EGR", "KV", "PE", "DNS", "K8S", "TLS", "LOG", "END", "DEP", "TRF", "CALL", "ISO")


def explained_by(effects: Iterable[str], explains: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Return the codes that follow from a cause, over any number of steps.

    A missing network explains a failed deployment, which explains a 404; while the deployments are healthy, the network
    does not explain the 404.

    Args:
        effects: The codes that the cause explains directly.
        explains: For each code that is wrong, the codes that it explains directly.
    """
    found: set[str] = set()
    ahead = list(effects)
    while ahead:
        code = ahead.pop()
        if code in explains and code not in found:
            found.add(code)
            ahead += explains[code]
    return frozenset(found)


def rank(code: str, explains: Collection[str]) -> tuple[bool, int, str]:
    """Sort key of equally grave causes: those that explain others first, from the workspace outward."""
    group = code.split("-")[1]
    return not explains, _ORDER.index(group) if explains and group in _ORDER else len(_ORDER), code
