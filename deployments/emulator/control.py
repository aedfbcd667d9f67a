"""The control address: look into the emulator, set faults, move its clock. Plain HTTP on loopback, for tests and tools."""

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


def application(emulator: Emulator) -> Starlette:
    """The control address of one emulator."""

    async def journal(_: Request) -> Response:
        return Response(emulator.journal.read(), media_type="application/jsonl")

    async def resources(_: Request) -> Response:
        emulator.operations.settle()
        return JSONResponse([redact(resource.body | {"id": resource.id}) for resource in emulator.resources])

    async def reset(_: Request) -> Response:
        await emulator.reset()
        return Response(status_code=204)

    async def set_faults(request: Request) -> Response:
        document = await request.json()
        try:
            faults = [Fault.parse(entry) for entry in (document if isinstance(document, list) else [document])]
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        for fault in faults:
            emulator.faults.add(fault)
        return JSONResponse(emulator.faults.documents())

    async def list_faults(_: Request) -> Response:
        return JSONResponse(emulator.faults.documents())

    async def clear_faults(_: Request) -> Response:
        emulator.faults.clear()
        emulator.operations.release("")
        return Response(status_code=204)

    async def clock(request: Request) -> Response:
        emulator.clock.advance(float((await request.json())["advance"]))
        emulator.operations.settle()
        emulator.wake()
        return JSONResponse({"now": emulator.clock.timestamp()})

    async def principals(request: Request) -> Response:
        principal = emulator.directory.add((await request.json()).get("roles", {}))
        return JSONResponse({"client_id": principal.client_id, "client_secret": principal.secret})

    return Starlette(
        routes=[
            Route("/journal", journal),
            Route("/resources", resources),
            Route("/reset", reset, methods=["POST"]),
            Route("/faults", set_faults, methods=["POST"]),
            Route("/faults", list_faults, methods=["GET"]),
            Route("/faults", clear_faults, methods=["DELETE"]),
            Route("/clock", clock, methods=["POST"]),
            Route("/principals", principals, methods=["POST"]),
        ]
    )
