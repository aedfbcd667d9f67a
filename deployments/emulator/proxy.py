"""The way in: a CONNECT proxy that is itself the server behind every Azure host name, and lets no other through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from deployments.emulator.certificates import Authority

MAXIMUM_HEAD = 16_384


@dataclass(frozen=True, slots=True)
class Known:
    """Which host names are Azure's, and which of those the public DNS has."""

    served: Callable[[str], bool]
    resolves: Callable[[str], bool]


class _Early(asyncio.Protocol):
    """Holds what a client sends right behind its TLS handshake, before HTTP is told of the connection."""

    def __init__(self) -> None:
        self._data = bytearray()

    def data_received(self, data: bytes) -> None:
        self._data += data

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """From here on the connection is the protocol's, beginning with what is held."""
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._data:
            protocol.data_received(bytes(self._data))


class ConnectProxy(asyncio.Protocol):
    """One client connection: reads CONNECT, then becomes TLS under the asked host name and hands over to HTTP."""

    def __init__(self, authority: Authority, known: Known, http: Callable[[], asyncio.Protocol]) -> None:
        self._authority = authority
        self._known = known
        self._http = http
        self._head = bytearray()
        self._transport: asyncio.Transport | None = None
        self._upgrade: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" in self._head:
            self._connect(self._head.split(b"\r\n", 1)[0].decode("latin-1"))
        elif len(self._head) > MAXIMUM_HEAD:
            self._refuse("431 Request Header Fields Too Large", "The request's head is too long.")

    def _connect(self, line: str) -> None:
        method, _, rest = line.partition(" ")
        host, _, port = rest.partition(" ")[0].rpartition(":")
        if method != "CONNECT":
            self._refuse("405 Method Not Allowed", "This proxy takes CONNECT only.")
        elif port != "443" or not self._known.served(host.lower()):
            self._refuse(
                "403 Forbidden", f"{host}:{port} is not a host of the emulated Azure. Nothing else leaves this machine."
            )
        elif not self._known.resolves(host.lower()):
            self._refuse("502 Bad Gateway", f"{host} does not resolve: nothing of this name exists.")
        elif self._transport:
            self._transport.pause_reading()
            self._transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._upgrade = asyncio.get_running_loop().create_task(self._become_tls(self._transport, host.lower()))

    async def _become_tls(self, transport: asyncio.Transport, host: str) -> None:
        early = _Early()
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(transport, early, self._authority.context(host), server_side=True)
        except OSError:  # the client went away, or doesn't trust the certificate: its own error says so
            transport.abort()
            return
        if secured:
            early.hand_over(secured, self._http())

    def _refuse(self, status: str, reason: str) -> None:
        if self._transport:
            body = reason.encode()
            head = (
                f"HTTP/1.1 {status}",
                "Content-Type: text/plain",
                f"Content-Length: {len(body)}",
                "Connection: close",
            )
            self._transport.write("\r\n".join([*head, "", ""]).encode() + body)
            self._transport.close()
