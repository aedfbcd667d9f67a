"""A look remembers its facts: asked for twice, read once, and a failed read fails for all who asked."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
L = TypeVar("L", bound="Look")


class Look:
    """Facts by name, each read at first use."""

    def __init__(self) -> None:
        self._facts: dict[str, asyncio.Task[Any]] = {}

    async def once(self, name: str, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The fact of that name; ``read`` is called for the first who asks.

        A caller who gives up doesn't take the fact from the others.
        """
        task: asyncio.Task[T] | None = self._facts.get(name)
        if task is None:
            task = self._facts[name] = asyncio.get_running_loop().create_task(read())
        return await asyncio.shield(task)

    def close(self) -> None:
        """Stop what is still being read, and forget everything."""
        for task in self._facts.values():
            task.cancel()
        self._facts.clear()


def fact(read: Callable[[L], Coroutine[Any, Any, T]]) -> Callable[[L], Awaitable[T]]:
    """Make a look's method a fact: remembered under the method's name."""

    @functools.wraps(read)
    async def remembered(look: L) -> T:
        return await look.once(read.__name__, lambda: read(look))

    return remembered
