"""The entry: a proxy that is itself the server behind every Azure host name, and refuses all others."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

MAXIMUM_HEAD = 16_384


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """The host names of Azure, those of them that the public DNS has, and those that accept plain HTTP, too."""

    served: Callable[[str], bool]
    resolves: Callable[[str], bool]
    plain: Callable[[str], bool]
    context: Callable[[str], ssl.SSLContext | None]


class _EarlyData(asyncio.Protocol):
    """Holds what a client sends right behind its TLS handshake, before HTTP has the connection."""

    def __init__(self) -> None:
        self._data = bytearray()

    def data_received(self, data: bytes) -> None:
        self._data += data

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Give the connection to a protocol, beginning with what is held."""
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._data:
            protocol.data_received(bytes(self._data))


class ConnectProxy(asyncio.Protocol):
    """One client connection: reads CONNECT, then becomes TLS under the asked host name and hands over to HTTP."""

    def __init__(self, known: KnownHosts, http: Callable[[], asyncio.Protocol]) -> None:
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
            self._refuse("431 Request Header Fields Too Large", "The request's head exceeds the limit.")

    def _connect(self, line: str) -> None:
        method, _, rest = line.partition(" ")
        host, _, port = rest.partition(" ")[0].rpartition(":")
        if method != "CONNECT":
            self._plain(urlsplit(rest.partition(" ")[0]).hostname or "")
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

    def _plain(self, host: str) -> None:
        """Serve a request in the clear, with its whole address in its first line."""
        if not self._known.plain(host.lower()):
            self._refuse("405 Method Not Allowed", f"{host} does not accept plain HTTP: use CONNECT with this proxy.")
        elif self._transport:
            protocol = self._http()
            self._transport.set_protocol(protocol)
            protocol.connection_made(self._transport)
            protocol.data_received(bytes(self._head))

    async def _become_tls(self, transport: asyncio.Transport, host: str) -> None:
        early = _EarlyData()
        context = self._known.context(host)
        if context is None:
            transport.abort()
            return
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(transport, early, context, server_side=True)
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
