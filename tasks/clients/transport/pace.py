"""Requests of a run begin one after the other, so that times tell of the other side and not of our own queue."""

from __future__ import annotations

import asyncio
from typing import Final

GAP_SECONDS: Final = 0.005


class Pace:
    """At most one beginning in each turn of the event loop, and 200 a second.

    A TLS connection costs this process milliseconds. A hundred of them begun at once would all look slow, or run out
    of their time limits, while nobody but this process was slow. Where the process is short of time, its turns are
    longer, so that less is begun by itself. How many are waiting for an answer is not limited here: who hangs delays
    nobody.
    """

    def __init__(self) -> None:
        self._turnstile = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until one more request may begin; its time limit starts after that."""
        async with self._turnstile:
            await asyncio.sleep(GAP_SECONDS)
