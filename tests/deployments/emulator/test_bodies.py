"""Bodies that are too long for memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.emulator.http.bodies import MAXIMUM_IN_MEMORY, FilePart, received

PIECE = 256 * 1024


def pieces(length: int, *, leaves: bool = False) -> Callable[[], Awaitable[dict[str, Any]]]:
    """A client that sends a body piece by piece, and may leave after the last one without having finished."""
    sizes = [PIECE] * (length // PIECE) + [length % PIECE]
    messages = [{"type": "http.request", "body": b"x" * size, "more_body": True} for size in sizes]
    messages.append(
        {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b"", "more_body": False}
    )

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    return receive


def files_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


@pytest.mark.parametrize("length", [0, 1, MAXIMUM_IN_MEMORY])
async def test_a_short_body_stays_in_memory(tmp_path: Path, length: int) -> None:
    """No file is written for it."""
    assert await received(pieces(length), tmp_path / "uploads") == b"x" * length
    assert not (tmp_path / "uploads").exists()


async def test_a_long_body_goes_into_a_file(tmp_path: Path) -> None:
    """Whole, from its first byte; any part of it can be sent from there."""
    file = await received(pieces(3 * MAXIMUM_IN_MEMORY + 5), tmp_path / "uploads")
    assert isinstance(file, Path)
    assert file.read_bytes() == b"x" * (3 * MAXIMUM_IN_MEMORY + 5)
    sent = [len(chunk) async for chunk in FilePart(file, 7, 2 * 1024 * 1024 + 1).chunks()]
    assert sent == [1024 * 1024, 1024 * 1024, 1]


async def test_a_long_body_that_is_no_file_stays_in_memory() -> None:
    """Handlers that read JSON find it where they look for it."""
    length = MAXIMUM_IN_MEMORY + PIECE
    assert await received(pieces(length), None) == b"x" * length


@pytest.mark.parametrize("length", [PIECE, 2 * MAXIMUM_IN_MEMORY])
async def test_a_client_that_leaves_early_leaves_nothing(tmp_path: Path, length: int) -> None:
    """Half a body is none: it must not become a truncated file."""
    assert await received(pieces(length, leaves=True), tmp_path / "uploads") is None
    assert files_in(tmp_path) == []
