"""Facts are read once, at first use; a failed read fails for every reader."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
L = TypeVar("L", bound="Facts")


class Facts:
    """Facts by name, each read at first use."""

    def __init__(self) -> None:
        self._facts: dict[str, asyncio.Task[Any]] = {}

    async def once(self, name: str, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the fact of that name; ``read`` is called for the first reader.

        A reader that is canceled does not cancel the read for the others.
        """
        task: asyncio.Task[T] | None = self._facts.get(name)
        if task is None:
            task = self._facts[name] = asyncio.get_running_loop().create_task(read())
        return await asyncio.shield(task)

    def close(self) -> None:
        """Cancel running reads, and forget everything."""
        for task in self._facts.values():
            task.cancel()
        self._facts.clear()


def fact(read: Callable[[L], Coroutine[Any, Any, T]]) -> Callable[[L], Awaitable[T]]:
    """Make a method a fact: remembered under the method's name."""

    @functools.wraps(read)
    async def remembered(facts: L) -> T:
        return await facts.once(read.__name__, lambda: read(facts))

    return remembered
