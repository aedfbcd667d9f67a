"""The limits of requests: their rate, and the length of a body."""

from __future__ import annotations

import asyncio
import math
from typing import Final

from starlette.requests import ClientDisconnect, Request

from tasks.domain.common.clock import SYSTEM, Clock

BODY_SECONDS: Final = 15.0
MAX_EVENTS: Final = 5000  # Event Grid puts no more into one request


class TooLargeError(Exception):
    """The body has too many bytes or too many events; the message says which."""


class TooSlowError(Exception):
    """The body did not arrive in time."""


class Rate:
    """A bucket of requests that fills up at a steady rate."""

    def __init__(self, per_second: float, burst: int, clock: Clock = SYSTEM) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._left, self._at = float(burst), clock.seconds()

    def take(self) -> int:
        """Take one; return 0, or the seconds to wait."""
        now = self._clock.seconds()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0
        return max(1, math.ceil((1 - self._left) / self._per_second))


async def body_of(request: Request, most: int, seconds: float = BODY_SECONDS) -> bytes:
    """Return a request's body, reading no more of it than the limit.

    Raises:
        TooLargeError: It has more than `most` bytes, or says so.
        TooSlowError: It takes too long, or the client left.
    """
    refusal = TooLargeError(f"the body is longer than {most} bytes")
    declared = request.headers.get("content-length", "0").lstrip("0") or "0"
    if not declared.isdecimal() or len(declared) > len(str(most)) or int(declared) > most:
        raise refusal
    parts, length = [], 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                length += len(part)
                if length > most:
                    raise refusal
                parts.append(part)
    except (TimeoutError, ClientDisconnect) as error:
        raise TooSlowError from error
    return b"".join(parts)
