"""Time, passed in to whatever dates or waits, so that tests need not."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Final, Protocol


class Clock(Protocol):
    """The one way to tell time and to let it pass."""

    def now(self) -> datetime:
        """Return the date and time, in UTC."""

    def seconds(self) -> float:
        """Return seconds since some moment, never going back."""

    def sleep(self, seconds: float) -> None:
        """Block for so many seconds."""

    async def asleep(self, seconds: float) -> None:
        """Let other coroutines run for so many seconds."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the date and time, in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Return seconds since some moment, never going back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for so many seconds."""
        time.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """Let other coroutines run for so many seconds."""
        await asyncio.sleep(seconds)


SYSTEM: Final = SystemClock()
