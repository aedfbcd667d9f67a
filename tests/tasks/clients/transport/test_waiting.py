"""Waits end with what was waited for, or with an error that says what was missing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from support.clock import FakeClock

from tasks.clients.transport.waiting import Pending, Waiting
from tasks.domain.common.errors import WaitTimedOut


@dataclass
class Look:
    """Pending for some looks, then there."""

    times: int
    pause: float | None = None
    seen: int = 0

    def __call__(self) -> str | Pending:
        self.seen += 1
        return "there" if self.seen > self.times else Pending("creating", self.pause)


def wait(look: Look, clock: FakeClock, limit: float, lines: list[str] | None = None) -> str:
    """Wait on a clock of our own."""
    say = (lines if lines is not None else []).append
    waiting = Waiting(progress=say, clock=clock)
    return waiting.until("endpoint churn", look, limit_seconds=limit, where="Look there.")


def test_what_is_there_is_returned_at_once() -> None:
    """Nothing sleeps when there is nothing to wait for."""
    clock = FakeClock()
    assert wait(Look(0), clock, 10) == "there"
    assert clock.pauses == []


def test_azures_hint_is_followed() -> None:
    """A pause that Azure asks for is what is slept."""
    clock = FakeClock()
    wait(Look(3, pause=7.0), clock, 100)
    assert clock.pauses == [7.0, 7.0, 7.0]


def test_pauses_grow_without_a_hint() -> None:
    """A tenth of the time waited so far, within bounds, so that long waits ask seldom."""
    clock = FakeClock()
    wait(Look(200), clock, 100_000)
    assert clock.pauses[0] == pytest.approx(0.2)
    assert clock.pauses == sorted(clock.pauses)
    assert clock.pauses[-1] == 15.0


def test_a_limit_that_passes_says_what_how_long_and_where() -> None:
    """A wait never ends quietly."""
    clock = FakeClock()
    with pytest.raises(WaitTimedOut) as caught:
        wait(Look(1000, pause=4.0), clock, 10)
    assert str(caught.value) == "waited 10 s for endpoint churn; last state: creating\nNext: Look there."
    assert clock.pauses == [4.0, 4.0, 2.0]


def test_progress_is_told_on_change_and_once_a_minute() -> None:
    """A person can follow without being flooded."""
    lines: list[str] = []
    wait(Look(30, pause=5.0), FakeClock(), 1000, lines)
    assert lines == [
        "endpoint churn: creating, 0 s",
        "endpoint churn: creating, 60 s",
        "endpoint churn: creating, 120 s",
    ]
