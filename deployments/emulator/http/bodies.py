"""Bodies of requests and answers; those that are too long for memory are kept in files."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

MAXIMUM_IN_MEMORY = 4 * 1024 * 1024
CHUNK = 1024 * 1024

Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of a file: `length` bytes from `start`."""

    file: Path
    start: int
    length: int

    async def chunks(self) -> AsyncIterator[bytes]:
        """The content, a megabyte at a time."""
        left = self.length
        with await asyncio.to_thread(self.file.open, "rb") as content:
            content.seek(self.start)
            while left > 0:
                chunk = await asyncio.to_thread(content.read, min(CHUNK, left))
                if not chunk:
                    return
                left -= len(chunk)
                yield chunk


async def received(receive: Receive, folder: Path | None) -> bytes | Path | None:
    """The whole body of a request; None where the client left before it was whole.

    With a folder, a body that is longer than a few megabytes is put into a file there, which the caller has to remove.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)
        if folder and len(body) > MAXIMUM_IN_MEMORY:
            return await _into_file(receive, folder, bytes(body))


async def _into_file(receive: Receive, folder: Path, beginning: bytes) -> Path | None:
    with _new_file(folder) as out:
        out.write(beginning)
        whole = await _copy(receive, out)
    return _kept(Path(out.name), whole=whole)


def _new_file(folder: Path) -> IO[bytes]:
    folder.mkdir(exist_ok=True)
    return tempfile.NamedTemporaryFile(dir=folder, delete=False)


def _kept(file: Path, *, whole: bool) -> Path | None:
    if not whole:
        file.unlink()
    return file if whole else None


async def _copy(receive: Receive, out: IO[bytes]) -> bool:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        out.write(message.get("body", b""))
        more = message.get("more_body", False)
    return True
