"""The clock, passed in wherever code reads the time or waits, so that tests need not wait."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Final, Protocol


class Clock(Protocol):
    """The one interface for reading the time and for waiting."""

    def now(self) -> datetime:
        """Return the date and time, in UTC."""

    def seconds(self) -> float:
        """Return monotonic seconds since an arbitrary start."""

    def sleep(self, seconds: float) -> None:
        """Block for the given number of seconds."""

    async def asleep(self, seconds: float) -> None:
        """Let other coroutines run for the given number of seconds."""


class SystemClock:
    """The system clock."""

    def now(self) -> datetime:
        """Return the date and time, in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Return monotonic seconds since an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for the given number of seconds."""
        time.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """Let other coroutines run for the given number of seconds."""
        await asyncio.sleep(seconds)


SYSTEM: Final = SystemClock()
