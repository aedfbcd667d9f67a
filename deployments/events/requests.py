"""Limits of the time and the head of a request; uvicorn itself has neither."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES: Final = 64 * 1024
_TOO_LONG: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedRequests(HttpToolsProtocol):
    """Closes connections whose request does not arrive: a few thousand idle ones would block all other callers.

    Attributes:
        seconds: The limit from a request's first byte to its last; longer than that of a body, so that a slow sender
            still gets its 408.
    """

    seconds: ClassVar[float] = 20.0
    _is_in_head = False
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head is too long by now."""
        if self._timer is None:
            self._wait()
        begun = self._is_in_head
        super().data_received(data)
        self._head_bytes += len(data) if begun else 0
        if self._is_in_head and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """Note that its head is complete."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that it is complete."""
        super().on_message_complete()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.seconds, self._end)

    def _stop_waiting(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _end(self) -> None:
        """Close the connection, unless an earlier request is still being answered."""
        is_answering = self.cycle and not self.cycle.response_complete and not self.cycle.more_body
        if is_answering:
            self._wait()
        else:
            self.transport.abort()
