"""End the waits of a cancelled run at once. Azure's operations continue, so it is always safe to stop waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import Final

from tasks.domain.common.clock import SYSTEM, SystemClock
from tasks.domain.common.errors import Stopped

# Prefect runs each step in a copy of the context that it was started in.
_STOP: Final[ContextVar[Event | None]] = ContextVar("stop", default=None)


@contextmanager
def stoppable() -> Iterator[Event]:
    """Make the steps that start in the block stop waiting once the event is set, at the latest when the block ends."""
    stop = Event()
    token = _STOP.set(stop)
    try:
        yield stop
    finally:
        stop.set()
        _STOP.reset(token)


def pause(seconds: float) -> None:
    """Wait, unless the run is cancelled.

    Raises:
        Stopped: When the run is cancelled.
    """
    stop = _STOP.get()
    if stop is None:
        SYSTEM.sleep(seconds)
    elif stop.wait(seconds):
        raise Stopped("the run was cancelled during a wait; the operation continues in Azure", "Run it again.")


class StoppableClock(SystemClock):
    """The system clock, whose sleep ends when the run is cancelled."""

    def sleep(self, seconds: float) -> None:
        """Block for the given seconds.

        Raises:
            Stopped: When the run is cancelled.
        """
        pause(seconds)


STOPPABLE: Final = StoppableClock()
