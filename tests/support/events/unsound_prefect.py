"""A Prefect server as a client sees it whose network, proxy or database is not well."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import uvicorn
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

Answers = Callable[[Request], Awaitable[Response]]


async def hangs(_: Request) -> Response:
    """Never answers."""
    await asyncio.Event().wait()
    return Response()


def says(answer: Response) -> Answers:
    """Always the same."""

    async def say(_: Request) -> Response:
        return answer

    return say


UNSOUND: dict[str, Answers] = {
    "500": says(JSONResponse({"exception_message": "database is locked"}, 500)),
    "503": says(HTMLResponse("<h1>no server is available</h1>", 503)),
    "429": says(JSONResponse({}, 429)),
    "404": says(JSONResponse({"detail": "Not Found"}, 404)),
    "401": says(JSONResponse({"exception_message": "Unauthorized"}, 401)),
    "a sign-in page": says(HTMLResponse("<h1>sign in</h1>")),
    "a redirection": says(RedirectResponse("/signin")),
    "something else": says(JSONResponse({"events": [{"id": 1}]})),
    "nothing": says(Response()),
    "hangs": hangs,
}


@dataclass
class UnsoundPrefect:
    """A server on loopback that passes everything on to the real one, unless it is told to answer itself.

    Attributes:
        answers: What it does to the paths that end as its names do; "" stands for all.
        asked: How many requests came.
    """

    behind: str
    answers: dict[str, Answers] = field(default_factory=dict)
    asked: int = 0

    async def handle(self, request: Request) -> Response:
        self.asked += 1
        for ending, answer in self.answers.items():
            if request.url.path.endswith(ending):
                return await answer(request)
        return await self.forward(request)

    async def forward(self, request: Request) -> Response:
        """The real server's answer."""
        path = request.url.path.removeprefix("/api")
        headers = {
            name: value for name, value in request.headers.items() if name.startswith(("content-t", "x-prefect"))
        }
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            found = await client.request(
                request.method,
                f"{self.behind}{path}?{request.url.query}",
                content=await request.body(),
                headers=headers,
            )
        return Response(found.content, found.status_code, media_type=found.headers.get("content-type"))


@contextlib.asynccontextmanager
async def unsound_prefect(behind: str) -> AsyncIterator[UnsoundPrefect]:
    """It is what this process takes for its Prefect server, without the client's own patience."""
    prefect = UnsoundPrefect(behind)
    routes = [Route("/{path:path}", prefect.handle, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error", timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server.serve([listener]))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        with temporary_settings({PREFECT_API_URL: address, PREFECT_CLIENT_MAX_RETRIES: 0}):
            yield prefect
        server.should_exit = server.force_exit = True
        await running
