"""A cancelled run ends its waits at once. What Azure was asked for goes on there: to stop waiting is always safe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import Final

from tasks.domain.common.clock import SYSTEM, SystemClock
from tasks.domain.common.errors import Stopped

# Prefect runs each step in a copy of the context that it was begun in.
_STOP: Final[ContextVar[Event | None]] = ContextVar("stop", default=None)


@contextmanager
def stoppable() -> Iterator[Event]:
    """The steps that are begun in the block stop waiting once the event is set, at the latest when the block ends."""
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
        Stopped: When it is.
    """
    stop = _STOP.get()
    if stop is None:
        SYSTEM.sleep(seconds)
    elif stop.wait(seconds):
        raise Stopped("the run was cancelled while this waited; what was begun goes on in Azure", "Run it again.")


class StoppableClock(SystemClock):
    """The machine's own time, whose sleep ends when the run is cancelled."""

    def sleep(self, seconds: float) -> None:
        """Block for so many seconds.

        Raises:
            Stopped: When the run is cancelled.
        """
        pause(seconds)


STOPPABLE: Final = StoppableClock()
