"""The control address: look into the emulator, set faults, move its clock; plain HTTP, for tests and tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployments.emulator.faults import Fault
from deployments.emulator.journal import redact

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator


class Control:
    """What the control address does with one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def journal(self, _: Request) -> Response:
        """Every exchange so far, a JSON line each."""
        return Response(self._emulator.journal.read(), media_type="application/jsonl")

    async def resources(self, _: Request) -> Response:
        """Every resource, without secrets."""
        self._emulator.operations.settle()
        return JSONResponse([redact(resource.body | {"id": resource.id}) for resource in self._emulator.resources])

    async def operations(self, _: Request) -> Response:
        """Every long-running operation: kind, resource, when it began and ended, and how."""
        return JSONResponse(self._emulator.operations.summaries())

    async def reset(self, _: Request) -> Response:
        """Back to the first start."""
        await self._emulator.reset()
        return Response(status_code=204)

    async def set_faults(self, request: Request) -> Response:
        """Add one fault or a list of them; see `Fault` for the fields."""
        try:
            document = await request.json()
            faults = [Fault.parse(entry) for entry in (document if isinstance(document, list) else [document])]
        except (ValueError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        for fault in faults:
            self._emulator.faults.add(fault)
        return JSONResponse(self._emulator.faults.documents())

    async def list_faults(self, _: Request) -> Response:
        """The faults in force, with the times that each has left."""
        return JSONResponse(self._emulator.faults.documents())

    async def clear_faults(self, _: Request) -> Response:
        """No more faults; stalled operations go on."""
        self._emulator.faults.clear()
        self._emulator.operations.release("")
        return Response(status_code=204)

    async def clock(self, request: Request) -> Response:
        """Move time forward: `{"advance": seconds}`."""
        self._emulator.clock.advance(float((await request.json())["advance"]))
        self._emulator.operations.settle()
        self._emulator.wake()
        return JSONResponse({"now": self._emulator.clock.timestamp()})

    async def principals(self, request: Request) -> Response:
        """A new principal with `{"roles": {scope: role}}`."""
        principal = self._emulator.directory.add((await request.json()).get("roles", {}))
        return JSONResponse({"client_id": principal.client_id, "client_secret": principal.secret})


def application(emulator: Emulator) -> Starlette:
    """The control address of one emulator."""
    control = Control(emulator)
    return Starlette(
        routes=[
            Route("/journal", control.journal),
            Route("/resources", control.resources),
            Route("/operations", control.operations),
            Route("/reset", control.reset, methods=["POST"]),
            Route("/faults", control.set_faults, methods=["POST"]),
            Route("/faults", control.list_faults, methods=["GET"]),
            Route("/faults", control.clear_faults, methods=["DELETE"]),
            Route("/clock", control.clock, methods=["POST"]),
            Route("/principals", control.principals, methods=["POST"]),
        ]
    )
