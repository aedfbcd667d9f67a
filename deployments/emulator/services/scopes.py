"""Routes of extension resources, which hang on a subscription, a resource group or any resource."""

from __future__ import annotations

from deployments.emulator.http.routing import Handler, Route

SCOPES = (
    "/subscriptions/{subscription}",
    "/subscriptions/{subscription}/resourceGroups/{group}",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{type}/{name}",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{type}/{name}/{type1}/{name1}",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{type}/{name}/{type1}/{name1}/{type2}/{name2}",
)


def at_every_scope(method: str, path: str, handler: Handler) -> list[Route]:
    """The route below each kind of scope; `path` begins with `/providers/`."""
    return [Route(method, scope + path, handler) for scope in SCOPES]
