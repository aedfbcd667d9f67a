"""Stagger the requests of a run, so that their latency measures the remote side and not the local queue."""

from __future__ import annotations

import asyncio
from typing import Final

GAP_SECONDS: Final = 0.005


class Pace:
    """Starts at most one request per turn of the event loop, and 200 per second.

    A TLS handshake costs this process milliseconds. A hundred started at once would all look slow, or time out, though
    only this process is slow. A busy process has longer turns, so it starts fewer requests. The number of open requests
    is not limited here: a hanging host delays no other.
    """

    def __init__(self) -> None:
        self._turnstile = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until one more request may start; its time limit starts after that."""
        async with self._turnstile:
            await asyncio.sleep(GAP_SECONDS)
