"""The local stack's pager: takes notifications over HTTP, and appends them to a file."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

_MOST_BYTES: Final = 100_000


@contextlib.contextmanager
def pager(file: Path) -> Iterator[str]:
    """A pager on loopback for as long as the block runs; gives its address."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            told = _json(self.rfile.read(min(length, _MOST_BYTES)))
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **told}) + "\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def _json(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
        told = {"text": content.decode("utf-8", "replace")}
    return told if isinstance(told, dict) else {"text": str(told)}
