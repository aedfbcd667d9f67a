"""Parts of a blob, as range headers ask for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deployments.emulator.services.storage.refusals import StorageError


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to, but not including, `end`; `partial`: a range was asked for."""

    start: int
    end: int
    partial: bool


def part_of(header: str, size: int) -> Part:
    """Return the part of a blob of this size that a header such as `bytes=0-1023` means.

    Raises:
        StorageError: 416 InvalidRange, where the blob has no such bytes.
    """
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", header)
    if not found:
        return Part(0, size, partial=False)
    start = int(found[1])
    end = min(int(found[2]) + 1, size) if found[2] else size
    if start >= end:
        raise StorageError(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
    return Part(start, end, partial=True)
