"""HTTP clients for many requests at once, each used by one request at a time and thrown away when that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx


class Lanes:
    """So many requests at once, and no more.

    One client for all would let its pool decide who waits, within everybody's time limit. And its pool loses a
    connection, for good, whenever a request is given up while a connection through a proxy is being made, or while
    others wait (github.com/encode/httpcore, issues 1023 and 1093): after a hundred hanging hosts nobody would get
    through any more. A lane that was given up is closed with all that is in it.
    """

    def __init__(self, make: Callable[[], httpx.AsyncClient], most: int) -> None:
        self._make = make
        self._places = asyncio.Semaphore(most)
        self._idle: list[httpx.AsyncClient] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one request, as soon as there is one; any time limit belongs inside."""
        async with self._places:
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
        """Close what is idle; what is in use is closed by its user."""
        while self._idle:
            await self._idle.pop().aclose()
