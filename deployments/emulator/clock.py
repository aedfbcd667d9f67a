"""The emulator's time, so that long operations and token lifetimes can be tested without waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Wall time plus an offset that tests move forward with `advance`."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move time forward; what is due by then is settled on the next request."""
        self._offset += seconds

    def timestamp(self) -> str:
        """The present in the form that Azure writes, e.g. 2026-01-31T12:00:00.123456Z."""
        return iso(self.now())


def iso(seconds: float) -> str:
    """ISO 8601 in UTC with microseconds, as Azure writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
