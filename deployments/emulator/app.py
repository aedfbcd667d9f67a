"""The emulator as an ASGI application: authenticates, routes, carries out and records each request."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from deployments.emulator import services
from deployments.emulator.clock import Clock
from deployments.emulator.core import Emulator, Options
from deployments.emulator.errors import ArmError
from deployments.emulator.faults import Fault
from deployments.emulator.http import access, operation_addresses
from deployments.emulator.http.bodies import FilePart, Receive, received
from deployments.emulator.http.call import Answer, Call, Vantage
from deployments.emulator.http.consistency import Lag
from deployments.emulator.http.governance import govern
from deployments.emulator.http.handling import handled
from deployments.emulator.http.request_limits import RequestLimits
from deployments.emulator.http.routing import Route, Router
from deployments.emulator.journal import Journal
from deployments.emulator.services.resources import api_versions

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Application:
    """The emulator with its services, and the way from a request to one of them."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.emulator = Emulator(options, clock)
        self.journal = Journal(options.state_dir / "journal.jsonl")
        self._limits = RequestLimits(self.emulator.clock, enforced=options.request_limits)
        self._router = self.emulator.part(Router)
        self._router.add(services.all_routes())
        services.set_up(self.emulator)

    async def reset(self) -> None:
        """Return to the state of the first start; principals and certificates stay."""
        await services.tear_down(self.emulator)
        self.emulator.operations.clear()
        services.clear(self.emulator)
        self.emulator.resources.clear()
        self.emulator.faults.clear()
        self.journal.clear()
        services.set_up(self.emulator)

    async def close(self) -> None:
        """Stop everything that was started."""
        self.emulator.cancel_background()
        await services.tear_down(self.emulator)
        self.emulator.close()
        self.journal.close()

    def at(self, vantage: Vantage) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        """Return the ASGI application for callers at one vantage point."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            call = await self._call(vantage, scope, receive) if scope["type"] == "http" else None
            if call:
                await self._serve_and_clean(call, send)

        return serve

    async def _call(self, vantage: Vantage, scope: Scope, receive: Receive) -> Call | None:
        """Read the whole request; None where the client left before it had sent it."""
        call = _call_of(self.emulator, vantage, scope)
        call.hang_up = _hanging_up(scope, receive)
        found = self._router.find(call.method, call.host, call.path)
        body = await received(
            receive, self.emulator.options.state_dir / "uploads" if found and found[0].files else None
        )
        if isinstance(body, bytes):
            call.body = body
        else:
            call.upload = body
        return None if body is None else call

    async def _serve_and_clean(self, call: Call, send: Send) -> None:
        try:
            await self._serve(call, send)
        finally:
            if call.upload:
                call.upload.unlink(missing_ok=True)

    async def _serve(self, call: Call, send: Send) -> None:
        began = time.perf_counter()
        self.emulator.operations.settle()
        fault = self.emulator.faults.for_request(call.method, call.host, call.path, call.vantage)
        if fault and fault.action in ("reset", "hang"):
            await _drop(fault, call)
            return
        if fault and fault.action == "move":
            call.vantage = "internet" if call.vantage == "virtual_network" else "virtual_network"
        answer = await self._answer(call, fault)
        self.journal.write(call, answer, time.perf_counter() - began)
        if fault and fault.action == "reset_after":
            await call.hang_up()
            return
        await _send(call, answer, send)

    async def _answer(self, call: Call, fault: Fault | None) -> Answer:
        try:
            if fault and fault.action == "delay":
                await asyncio.sleep(fault.seconds)
            if fault and fault.action == "fail":
                return _failure(call, fault)
            return await self._dispatch(call)
        except ArmError as error:
            return services.refusal(call, error)

    async def _dispatch(self, call: Call) -> Answer:
        found = self._router.find(call.method, call.host, call.path)
        if found is None:
            raise ArmError(
                501,
                "NotImplementedByEmulator",
                f"The emulator does not serve {call.method} {call.url}: see its COVERAGE.md.",
            )
        route, call.params = found
        if not route.open:
            self._admit(call, route)
        return await self._carry_out(call, route)

    async def _carry_out(self, call: Call, route: Route) -> Answer:
        lag = self.emulator.part(Lag)
        lag.refuse(call)
        is_new = lag.is_new(call)
        answer = await handled(route, call)
        operation_addresses.bind(call, answer)
        if is_new:
            lag.note(call, answer)
        return lag.without(call, answer)

    def _admit(self, call: Call, route: Route) -> None:
        """Apply the management plane's rules: identity, request limits, API version, role, locks, policies."""
        call.principal = self.emulator.directory.authenticate(call.headers.get("authorization", ""))
        call.remaining = self._limits.take(call)
        if not call.api_version:
            raise ArmError(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        api_versions.require(call, route)
        access.authorize(call, route, call.principal)
        govern(call)


def _call_of(emulator: Emulator, vantage: Vantage, scope: Scope) -> Call:
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = {name.lower(): value for name, value in parse_qsl(scope["query_string"].decode(), keep_blank_values=True)}
    host = headers.get("host", "").partition(":")[0].lower()
    path = unquote(scope["raw_path"].decode()) if "raw_path" in scope else scope["path"]
    target = scope.get("raw_path", b"").decode() + (f"?{scope['query_string'].decode()}" if query else "")
    identity = str(uuid.uuid4())
    return Call(emulator, scope["method"], host, path, query, headers, b"", vantage, identity, target=target)


def _failure(call: Call, fault: Fault) -> Answer:
    if fault.body is not None:
        return Answer(fault.status, fault.body, {"Content-Type": "text/html", **fault.headers})
    return services.refusal(call, ArmError(fault.status, fault.code, fault.message, headers=fault.headers))


def _hanging_up(scope: Scope, receive: Receive) -> Callable[[], Awaitable[None]]:
    """Return the call that ends a request's connection without an answer."""

    async def hang_up() -> None:
        scope["extensions"]["hang_up"]["now"]()
        while (await receive())["type"] != "http.disconnect":
            continue

    return hang_up


async def _drop(fault: Fault, call: Call) -> None:
    """Drop the connection without an answer: at once, or after the client has timed out."""
    if fault.action == "hang":
        with contextlib.suppress(asyncio.CancelledError):  # the emulator stops
            await asyncio.sleep(fault.seconds or 3600)
    await call.hang_up()


async def _send(call: Call, answer: Answer, send: Send) -> None:
    headers = {
        "x-ms-request-id": call.request_id,
        "x-ms-correlation-request-id": call.headers.get("x-ms-correlation-request-id", call.request_id),
        **call.remaining,
        **answer.headers,
    }
    body = answer.encoded()
    if "content-type" not in {name.lower() for name in headers} and isinstance(answer.body, dict | list):
        headers["Content-Type"] = "application/json; charset=utf-8"
    if "content-length" not in {name.lower() for name in headers}:
        headers["Content-Length"] = str(len(body))
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    if isinstance(answer.body, FilePart):
        async for chunk in answer.body.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else body})
