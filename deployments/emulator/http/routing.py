"""Routes by method, host and path; paths are matched without regard to case."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Answer, Call

Handler = Callable[[Call], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template such as `/subscriptions/{subscription}/resourceGroups/{group}`.

    `{rest*}` at the end takes everything that is left. `host` is a regular expression for the whole host name.
    `action` is what role-based access control calls it, where the last path segment doesn't say. `open` routes ask
    for no token of the management plane. `polling` routes are addresses of operations, for whoever began them.
    `filtered` lists show each caller what it may read, and refuse only those without any role in them. `files`:
    bodies are files, so that long ones come as `Call.upload`.
    """

    method: str
    path: str
    handler: Handler
    host: str = r"management\.azure\.com"
    action: str = ""
    open: bool = False
    polling: bool = False
    filtered: bool = False
    files: bool = False


@dataclass(slots=True)
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    wildcard: _Node | None = None
    routes: dict[str, Route] = field(default_factory=dict)
    rest: dict[str, Route] = field(default_factory=dict)


class Router:
    """A tree of path segments per host pattern; a literal segment wins over a parameter."""

    def __init__(self, _emulator: Emulator) -> None:
        self._hosts: dict[str, tuple[re.Pattern[str], _Node]] = {}

    def add(self, routes: Iterable[Route]) -> None:
        """Serve these routes, too."""
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        _, node = self._hosts.setdefault(route.host, (re.compile(route.host, re.IGNORECASE), _Node()))
        for segment in route.path.strip("/").split("/"):
            if segment.startswith("{") and segment.endswith("*}"):
                node.rest[route.method] = route
                return
            if segment.startswith("{"):
                node.wildcard = node.wildcard or _Node()
                node = node.wildcard
            else:
                node = node.literal.setdefault(segment.lower(), _Node())
        node.routes[route.method] = route

    def knows(self, host: str) -> bool:
        """Return whether any route has this host name."""
        return any(pattern.fullmatch(host) for pattern, _ in self._hosts.values())

    def find(self, method: str, host: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for a request, with its path parameters, or None."""
        segments = path.strip("/").split("/")
        for pattern, root in self._hosts.values():
            if pattern.fullmatch(host):
                route = _search(root, [s.lower() for s in segments], 0, method)
                if route:
                    return route, _parameters(route.path, segments)
        return None


def _search(node: _Node, segments: list[str], at: int, method: str) -> Route | None:
    if at == len(segments):
        return node.routes.get(method) or node.rest.get(method)
    literal = node.literal.get(segments[at])
    found = _search(literal, segments, at + 1, method) if literal else None
    if not found and node.wildcard and segments[at]:
        found = _search(node.wildcard, segments, at + 1, method)
    return found or node.rest.get(method)


def _parameters(template: str, segments: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for at, part in enumerate(template.strip("/").split("/")):
        if part.endswith("*}"):
            found[part[1:-2]] = "/".join(segments[at:])
        elif part.startswith("{"):
            found[part[1:-1]] = segments[at]
    return found
