"""Requests that one service sends to another inside the emulator, by the same handlers that a client's request meets."""

from __future__ import annotations

import inspect
import json
import uuid
from typing import TYPE_CHECKING, Any

from deployments.emulator import access
from deployments.emulator.errors import ArmError
from deployments.emulator.http import Answer, Call
from deployments.emulator.services.identity import Principal

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator

MANAGEMENT_HOST = "management.azure.com"


async def carry_out(
    emulator: Emulator, method: str, path: str, api_version: str, body: dict[str, Any] | None, principal: Principal
) -> Answer:
    """Carry out a management request on behalf of a principal; it is not in the journal, since nobody sent it.

    Raises:
        ArmError: what the handler refuses with, or 501 where nobody serves the request.
    """
    found = emulator.router.find(method, MANAGEMENT_HOST, path)
    if found is None:
        raise ArmError(501, "NotImplementedByEmulator", f"The emulator does not serve {method} {path}.")
    route, params = found
    content = json.dumps(body).encode() if body is not None else b""
    query = {"api-version": api_version}
    call = Call(
        emulator, method, MANAGEMENT_HOST, path, query, {}, content, "virtual_network", str(uuid.uuid4()), params, principal
    )
    access.authorize(call, route, principal)
    answer = route.handler(call)
    return await answer if inspect.isawaitable(answer) else answer
