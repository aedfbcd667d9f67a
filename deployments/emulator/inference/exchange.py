"""One HTTP request to a container on loopback; the server closes the connection after each answer, as gunicorn does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

import httptools

LOOPBACK = "127.0.0.1"


@dataclass(slots=True)
class Reply:
    """A container's answer."""

    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value of a header, empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")


async def exchange(port: int, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Reply:
    """Send a request and wait for the whole answer.

    Raises:
        ConnectionError: the port is closed, or the server ended before it had answered.
    """
    lines = [f"{method} {target} HTTP/1.1", f"host: {LOOPBACK}:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"content-length: {len(body)}", "connection: close", "", ""]
    loop = asyncio.get_running_loop()
    request = "\r\n".join(lines).encode("latin-1") + body
    transport, protocol = await loop.create_connection(lambda: _Exchange(method, request), LOOPBACK, port)
    try:
        return await protocol.done
    finally:
        transport.close()


class _Exchange(asyncio.Protocol):
    """Sends on connection, and collects the answer; named callbacks are httptools'."""

    def __init__(self, method: str, request: bytes) -> None:
        self._method = method
        self._request = request
        self._reply = Reply()
        self._body = bytearray()
        self._headers_complete = False
        self._parser = httptools.HttpResponseParser(self)
        self.done: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.WriteTransport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(f"the container's answer is not HTTP: {error}"))

    def on_status(self, status: bytes) -> None:
        self._reply.reason = status.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._reply.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._reply.status = self._parser.get_status_code()
        self._headers_complete = True
        if self._method == "HEAD":
            self.on_message_complete()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._reply.body = bytes(self._body)
        if not self.done.done():
            self.done.set_result(self._reply)

    def connection_lost(self, error: Exception | None) -> None:
        delimited = self._reply.header("content-length") or self._reply.header("transfer-encoding")
        if self._headers_complete and not delimited and not error:
            self.on_message_complete()
        self._fail(ConnectionResetError("the container closed the connection before it had answered"))

    def _fail(self, error: ConnectionError) -> None:
        if not self.done.done():
            self.done.set_exception(error)


STATIC_ANSWER = b'{"backend": "static"}'


def static_reply() -> Reply:
    """The answer of a backend that costs nothing."""
    return Reply(200, "OK", [("content-type", "application/json")], STATIC_ANSWER)
