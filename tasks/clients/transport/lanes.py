"""HTTP clients for concurrent requests, each used by one request at a time and discarded when that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx

from tasks.domain.common import errors


class ClientPool:
    """A pool of clients with a maximum number of concurrent requests.

    With one shared client, requests would wait in its connection pool while their time limits run. That pool also leaks
    a connection whenever a request is cancelled while a connection through a proxy opens, or while others wait
    (github.com/encode/httpcore, issues 1023 and 1093): after a hundred hanging hosts no request would succeed. Here the
    client of a cancelled request is closed with all its connections.
    """

    def __init__(self, make: Callable[[], httpx.AsyncClient], most: int) -> None:
        self._make = make
        self._places = asyncio.Semaphore(most)
        self._idle: list[httpx.AsyncClient] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[httpx.AsyncClient]:
        """Wait for a client for one request; start any time limit inside the block."""
        async with self._places:
            with valid_proxy():
                client = self._idle.pop() if self._idle else self._make()
            is_done = False
            try:
                yield client
                is_done = True
            finally:
                if is_done:
                    self._idle.append(client)
                else:
                    await client.aclose()

    async def aclose(self) -> None:
        """Close the idle clients; each client in use is closed by its request."""
        while self._idle:
            await self._idle.pop().aclose()


@contextmanager
def valid_proxy() -> Iterator[None]:
    """Translate httpx's refusal of a proxy's address, which it reads whenever a client is made.

    Raises:
        InvalidSpec: Without the address, since it may hold a password.
    """
    try:
        yield
    except (httpx.InvalidURL, ValueError):
        raise errors.InvalidSpec(
            "the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not a valid address",
            "Write it as http://HOST:PORT. In a password, write # as %23, / as %2F, ? as %3F and @ as %40.",
        ) from None
