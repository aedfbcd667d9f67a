"""How long a request may take to come, and how long its head may be: uvicorn itself has a limit for neither."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD_BYTES: Final = 64 * 1024
_TOO_LONG: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedRequests(HttpToolsProtocol):
    """Ends connections whose request does not come: else a few thousand idle ones would keep everybody else out.

    Attributes:
        seconds: How long a request may take from its first byte to its last; longer than a body has, so that whoever
            sends one too slowly is told so.
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
        if self._is_in_head and self._head_bytes > LONGEST_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """It is there."""
        super().on_message_complete()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.seconds, self._end)

    def _stop_waiting(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _end(self) -> None:
        """End the connection, unless an earlier request is still to be answered: the next one may wait then."""
        is_answering = self.cycle and not self.cycle.response_complete and not self.cycle.more_body
        if is_answering:
            self._wait()
        else:
            self.transport.abort()
