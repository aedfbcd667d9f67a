"""The local stack's pager: accepts notifications over HTTP, and appends them to a file."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

_MAX_BYTES: Final = 100_000


@contextlib.contextmanager
def pager(file: Path) -> Iterator[str]:
    """Run a pager on loopback for as long as the block lasts; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            message = _json(self.rfile.read(min(length, _MAX_BYTES)))
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **message}) + "\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def _json(content: bytes) -> dict[str, Any]:
    try:
        message = json.loads(content)
    except ValueError:
        message = {"text": content.decode("utf-8", "replace")}
    return message if isinstance(message, dict) else {"text": str(message)}
