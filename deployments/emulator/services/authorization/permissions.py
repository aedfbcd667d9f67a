"""The permissions that a caller has at a scope, by all its roles there and above."""

from __future__ import annotations

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.rights import Rights
from deployments.emulator.services.authorization.scopes import MARK, scope_in
from deployments.emulator.services.scopes import at_every_scope


def routes() -> list[Route]:
    """The caller's permissions, at every scope."""
    return at_every_scope("GET", f"{MARK}permissions", _list)


def _list(call: Call) -> Answer:
    if call.principal is None:
        return Answer(200, {"value": []})
    found = call.emulator.part(Rights).permissions(call.principal.object_id, scope_in(call))
    return Answer(200, {"value": [permission.document() for permission in found]})
