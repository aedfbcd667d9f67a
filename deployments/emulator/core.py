"""The emulator as its services see it: what they share, and none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from deployments.emulator.clock import Clock
from deployments.emulator.directory import Directory
from deployments.emulator.faults import Faults
from deployments.emulator.operations import Operations
from deployments.emulator.removal import Removal
from deployments.emulator.state import Resources

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Options:
    """The options that an emulator is started with."""

    state_dir: Path
    operation_seconds: float = 0.2
    assignment_seconds: float = 0.2
    request_limits: bool = False
    scoring_backend: Literal["server", "static"] = "server"


class Emulator:
    """Everything that the services share."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or Clock()
        self.resources = Resources(options.state_dir / "state.db", self.clock.timestamp)
        self.faults = Faults()
        self.directory = Directory(self.resources, self.clock)
        self.operations = Operations(self, self.resources.store, options.operation_seconds)
        self.removal = Removal(self, self.resources, self.operations)
        self._due = asyncio.Event()
        self._background: set[asyncio.Task[None]] = set()
        self._parts: dict[Callable[[Emulator], Any], Any] = {}

    def part(self, kind: Callable[[Emulator], Part]) -> Part:
        """Return what a service keeps while the emulator lives, e.g. its processes; made when it is first needed."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast("Part", self._parts[kind])

    def wake(self) -> None:
        """Recheck which operations are due: one has begun, or time has moved."""
        self._due.set()

    def spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        """Run something in the background for as long as the emulator runs."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def keep_time(self) -> None:
        """Settle operations when they are due, until canceled."""
        while True:
            self.operations.settle()
            due = self.operations.next_due()
            wait = None if due is None else max(0.01, due - self.clock.now())
            self._due.clear()
            try:
                await asyncio.wait_for(self._due.wait(), wait)
            except TimeoutError:
                continue

    def cancel_background(self) -> None:
        """Cancel everything that was spawned."""
        for task in list(self._background):
            task.cancel()

    def close(self) -> None:
        """Leave running operations to the next start, and close the state."""
        self.operations.stop()
        self.resources.close()
