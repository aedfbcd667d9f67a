"""Requests that one service sends to another inside the emulator, by the same handlers that clients meet."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.directory import Principal
from deployments.emulator.errors import ArmError
from deployments.emulator.http import access
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.governance import govern
from deployments.emulator.http.handling import handled
from deployments.emulator.http.routing import Route, Router

MANAGEMENT_HOST = "management.azure.com"


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the management plane, and on whose behalf it is carried out."""

    method: str
    path: str
    api_version: str
    body: dict[str, Any] | None
    principal: Principal


async def carry_out(emulator: Emulator, request: Request) -> Answer:
    """Carry out a request; the journal does not record it, since no client sent it.

    Raises:
        ArmError: the handler's refusal, or 501 where no route serves the request.
    """
    call, route = _prepared(emulator, request)
    return await handled(route, call)


def carry_out_at_once(emulator: Emulator, request: Request) -> Answer:
    """The same for handlers that don't wait for anything.

    Raises:
        ArmError: the handler's refusal, or 501 where it would have to wait.
    """
    call, route = _prepared(emulator, request)
    answer = route.handler(call)
    if isinstance(answer, Answer):
        return answer
    raise ArmError(501, "NotImplementedByEmulator", f"{request.method} {request.path} can't be answered at once.")


def _prepared(emulator: Emulator, request: Request) -> tuple[Call, Route]:
    found = emulator.part(Router).find(request.method, MANAGEMENT_HOST, request.path)
    if found is None:
        raise ArmError(501, "NotImplementedByEmulator", f"The emulator does not serve {request.method} {request.path}.")
    route, params = found
    call = Call(
        emulator=emulator,
        method=request.method,
        host=MANAGEMENT_HOST,
        path=request.path,
        query={"api-version": request.api_version},
        headers={},
        body=json.dumps(request.body).encode() if request.body is not None else b"",
        vantage="virtual_network",
        request_id=str(uuid.uuid4()),
        params=params,
        principal=request.principal,
    )
    access.authorize(call, route, request.principal)
    govern(call)
    return call, route
