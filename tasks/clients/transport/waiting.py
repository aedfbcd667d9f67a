"""Wait for something in Azure, with a limit, on a clock that is passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import WaitTimedOut

T = TypeVar("T")
Progress = Callable[[str], None]

_SHORTEST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 15.0
_SAY_AGAIN_SECONDS: Final = 60


def silent(_message: str) -> None:
    """Progress that nobody follows."""


@dataclass(frozen=True)
class Pending:
    """Not there yet.

    Attributes:
        state: What was seen, for the progress line and the message of a timeout.
        pause: Seconds that Azure asks to wait before the next look, if it said so.
    """

    state: str
    pause: float | None = None


@dataclass(frozen=True)
class Waiting:
    """How to wait: who is shown the progress, and on which clock."""

    progress: Progress = silent
    clock: Clock = SYSTEM

    def until(
        self,
        what: str,
        look: Callable[[], T | Pending],
        *,
        limit_seconds: float,
        where: str,
        first: Pending | None = None,
    ) -> T:
        """Look until something other than ``Pending`` is seen, and return that.

        Without a hint from Azure, the pause is a tenth of the time waited so far, from 0.2 to 15 seconds.

        Args:
            what: What is waited for, such as ``endpoint churn``.
            look: One look. Its errors end the wait.
            limit_seconds: The longest time to wait.
            where: Where a person can look when the limit passes.
            first: What the answer that started the operation said, instead of a first look.

        Raises:
            WaitTimedOut: When the limit passes.
        """
        started, said = self.clock.seconds(), ("", -1)
        seen = first or look()
        while isinstance(seen, Pending):
            elapsed = self.clock.seconds() - started
            if (now := (seen.state, int(elapsed // _SAY_AGAIN_SECONDS))) != said:
                self.progress(f"{what}: {seen.state}, {elapsed:.0f} s")
                said = now
            if elapsed >= limit_seconds:
                raise WaitTimedOut(f"waited {elapsed:.0f} s for {what}; last seen: {seen.state}", where)
            pause = seen.pause or min(max(elapsed / 10, _SHORTEST_PAUSE), _LONGEST_PAUSE)
            self.clock.sleep(min(pause, limit_seconds - elapsed))
            seen = look()
        return seen
