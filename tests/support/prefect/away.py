"""A Prefect server that goes away and comes back, as its clients see it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from support.prefect.server import RunningPrefect


class Forwarder:
    """A TCP port on loopback that leads to a server while it is open, and refuses while it is closed."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = host, port
        self._listener: socket.socket | None = None
        self._connections: list[socket.socket] = []
        self.port = 0
        self.open()

    def open(self) -> None:
        """Take connections, at the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections, and break those that there are."""
        for one in (self._listener, *self._connections):
            if one:
                _shut(one)
        self._listener, self._connections = None, []

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._behind)
                self._connections += [client, server]
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while read := source.recv(65536):
            sink.sendall(read)
    _shut(source)
    _shut(sink)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextlib.contextmanager
def forwarded(prefect: RunningPrefect) -> Iterator[tuple[RunningPrefect, Forwarder]]:
    """The same server at an address of its own, and what leads there."""
    url = urlsplit(prefect.api_url)
    way = Forwarder(str(url.hostname), int(url.port or 80))
    try:
        yield replace(prefect, api_url=f"http://127.0.0.1:{way.port}{url.path}"), way
    finally:
        way.close()
