"""The emulator as an ASGI application: finds the handler, keeps the gates before it and the journal behind it."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast
from urllib.parse import parse_qsl, unquote

from deployments.emulator import access, services
from deployments.emulator.bodies import FilePart, Receive, received
from deployments.emulator.clock import Clock
from deployments.emulator.errors import ArmError
from deployments.emulator.faults import Fault, Faults
from deployments.emulator.handling import handled
from deployments.emulator.http import Answer, Call, Vantage
from deployments.emulator.journal import Journal
from deployments.emulator.operations import Operations
from deployments.emulator.removal import Removal
from deployments.emulator.request_limits import RequestLimits
from deployments.emulator.routing import Route, Router
from deployments.emulator.services.identity import Directory
from deployments.emulator.state import Resources

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Options:
    """How an emulator is started."""

    state_dir: Path
    operation_seconds: float = 0.2
    request_limits: bool = False
    scoring_backend: Literal["server", "static"] = "server"


class Emulator:
    """Everything that the services share."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or Clock()
        self.resources = Resources(options.state_dir / "state.db")
        self.journal = Journal(options.state_dir / "journal.jsonl")
        self.faults = Faults()
        self.limits = RequestLimits(self.clock, enforced=options.request_limits)
        self.directory = Directory(self)
        self.operations = Operations(self, self.resources.store, options.operation_seconds)
        self.removal = Removal(self)
        self.router = Router(services.all_routes())
        self._due = asyncio.Event()
        self._background: set[asyncio.Task[None]] = set()
        self._parts: dict[Callable[[Emulator], Any], Any] = {}
        services.set_up(self)

    def part(self, kind: Callable[[Emulator], Part]) -> Part:
        """What a service keeps while the emulator lives, e.g. its processes; made when it is first asked for."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast("Part", self._parts[kind])

    def wake(self) -> None:
        """An operation has begun, or time has moved: look at what is due."""
        self._due.set()

    def spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        """Run something in the background for as long as the emulator runs."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def keep_time(self) -> None:
        """Settle operations when they are due, for ever."""
        while True:
            self.operations.settle()
            due = self.operations.next_due()
            wait = None if due is None else max(0.01, due - self.clock.now())
            self._due.clear()
            try:
                await asyncio.wait_for(self._due.wait(), wait)
            except TimeoutError:
                continue

    async def reset(self) -> None:
        """Back to the state of the first start; principals and certificates stay."""
        await services.tear_down(self)
        self.operations.clear()
        services.clear(self)
        self.resources.clear()
        self.faults.clear()
        self.journal.clear()
        services.set_up(self)

    async def close(self) -> None:
        """Stop everything that was started."""
        for task in list(self._background):
            task.cancel()
        await services.tear_down(self)
        self.operations.stop()
        self.journal.close()
        self.resources.close()

    def application(self, vantage: Vantage) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        """The ASGI application for callers at one vantage point."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            call = await self._call(vantage, scope, receive) if scope["type"] == "http" else None
            if call:
                await self._serve_and_clean(call, send)

        return serve

    async def _call(self, vantage: Vantage, scope: Scope, receive: Receive) -> Call | None:
        """The whole request; None where the client left before it had sent it."""
        call = _call_of(self, vantage, scope)
        call.hang_up = _hanging_up(scope, receive)
        found = self.router.find(call.method, call.host, call.path)
        body = await received(receive, self.options.state_dir / "uploads" if found and found[0].files else None)
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
        self.operations.settle()
        fault = self.faults.for_request(call.method, call.host, call.path, call.vantage)
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
                return _failure(fault)
            return await self._dispatch(call)
        except ArmError as error:
            return Answer(error.status, error.body(), dict(error.headers))

    async def _dispatch(self, call: Call) -> Answer:
        found = self.router.find(call.method, call.host, call.path)
        if found is None:
            raise ArmError(
                501,
                "NotImplementedByEmulator",
                f"The emulator does not serve {call.method} {call.url}: see its COVERAGE.md.",
            )
        route, call.params = found
        if not route.open:
            self._admit(call, route)
        return await handled(route, call)

    def _admit(self, call: Call, route: Route) -> None:
        """The management plane's gates: who, how often, with which right, in which version."""
        call.principal = self.directory.authenticate(call.headers.get("authorization", ""))
        call.remaining = self.limits.take(call)
        if not call.api_version:
            raise ArmError(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        access.authorize(call, route, call.principal)


def _call_of(emulator: Emulator, vantage: Vantage, scope: Scope) -> Call:
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = {name.lower(): value for name, value in parse_qsl(scope["query_string"].decode(), keep_blank_values=True)}
    host = headers.get("host", "").partition(":")[0].lower()
    path = unquote(scope["raw_path"].decode()) if "raw_path" in scope else scope["path"]
    target = scope.get("raw_path", b"").decode() + (f"?{scope['query_string'].decode()}" if query else "")
    identity = str(uuid.uuid4())
    return Call(emulator, scope["method"], host, path, query, headers, b"", vantage, identity, target=target)


def _failure(fault: Fault) -> Answer:
    return Answer(fault.status, {"error": {"code": fault.code, "message": fault.message}}, dict(fault.headers))


def _hanging_up(scope: Scope, receive: Receive) -> Callable[[], Awaitable[None]]:
    """How to end a request's connection without an answer."""

    async def hang_up() -> None:
        scope["extensions"]["hang_up"]["now"]()
        while (await receive())["type"] != "http.disconnect":
            continue

    return hang_up


async def _drop(fault: Fault, call: Call) -> None:
    """Leave without an answer: at once, or after the client has lost patience."""
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
