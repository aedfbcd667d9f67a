"""A text file that only ever keeps the last few megabytes of what is written to it."""

from __future__ import annotations

from collections import deque
from pathlib import Path

MAXIMUM_HALF = 4 * 1024 * 1024


class BoundedFile:
    """Lines in two files: once the newer is full it becomes the older, and what the older held is forgotten."""

    def __init__(self, file: Path, largest_half: int = MAXIMUM_HALF) -> None:
        self._file = file
        self._older = file.with_name(f"{file.name}.1")
        self._largest_half = largest_half
        self._size = file.stat().st_size if file.exists() else 0

    def write(self, line: str) -> None:
        """Append one line."""
        data = f"{line}\n".encode(errors="replace")
        if self._size + len(data) > self._largest_half and self._size:
            self._file.replace(self._older)
            self._size = 0
        with self._file.open("ab") as out:
            out.write(data)
        self._size += len(data)

    def parts(self) -> list[Path]:
        """The files that exist, the older first."""
        return [part for part in (self._older, self._file) if part.exists()]

    def tail(self, lines: int | None = None) -> list[str]:
        """The last lines, or all that there are."""
        last: deque[str] = deque(maxlen=lines)
        for part in self.parts():
            with part.open(encoding="utf-8") as file:
                last.extend(line.rstrip("\n") for line in file)
        return list(last)
