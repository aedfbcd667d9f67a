"""Wait for a state in Azure, with a time limit, on a clock that is passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from tasks.domain.azure.classification import NOT_YET_SECONDS
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import NotFound, NotYet, WaitTimedOut

T = TypeVar("T")
Progress = Callable[[str], None]

_SHORTEST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 15.0
_REPEAT_SECONDS: Final = 60
_AGAIN: Final = "Run again: the next run reads the resource itself, and resumes from there."


def silent(_message: str) -> None:
    """Discard a progress message."""


@dataclass(frozen=True)
class Pending:
    """An observation that is not final yet.

    Attributes:
        state: The observed state, for the progress line and the timeout message.
        pause: Seconds that Azure asks to wait before the next observation; None without a request.
        stalls_after: The maximum number of seconds for which the state may stay the same; None for no such limit.
    """

    state: str
    pause: float | None = None
    stalls_after: float | None = None


@dataclass(frozen=True)
class Waiting:
    """Waits on one clock that report their progress to one callback."""

    progress: Progress = silent
    clock: Clock = SYSTEM

    def until(
        self,
        what: str,
        observe: Callable[[], T | Pending],
        *,
        limit_seconds: float,
        where: str,
        first: Pending | None = None,
    ) -> T:
        """Observe until the result is not ``Pending``, and return it.

        Without a pause from Azure, each pause is a tenth of the elapsed time, from 0.2 to 15 seconds.

        Args:
            what: The thing to wait for, such as ``endpoint churn``.
            observe: One observation. Its errors end the wait.
            limit_seconds: The maximum time to wait.
            where: The hint of a timeout: where to check the operation.
            first: The state in the response that started the operation; replaces the first observation.

        Raises:
            WaitTimedOut: When the limit passes, or when nothing has changed for longer than the state allows.
        """
        started, reported = self.clock.seconds(), ("", -1)
        state, changed = "", 0.0
        found = first or observe()
        while isinstance(found, Pending):
            elapsed = self.clock.seconds() - started
            if found.state != state:
                state, changed = found.state, elapsed
            if found.stalls_after is not None and elapsed - changed >= found.stalls_after:
                raise WaitTimedOut(f"{what}: nothing has changed for {elapsed - changed:.0f} s: {state}", where)
            if (now := (found.state, int(elapsed // _REPEAT_SECONDS))) != reported:
                self.progress(f"{what}: {found.state}, {elapsed:.0f} s")
                reported = now
            if elapsed >= limit_seconds:
                raise WaitTimedOut(f"waited {elapsed:.0f} s for {what}; last state: {found.state}", where)
            pause = found.pause or min(max(elapsed / 10, _SHORTEST_PAUSE), _LONGEST_PAUSE)
            self.clock.sleep(min(pause, limit_seconds - elapsed))
            found = observe()
        return found

    def shown(self, what: str, observe: Callable[[], T]) -> T:
        """Observe until Azure shows what was just written: its reads lag behind its writes.

        Raises:
            NotYet: When it is still not there after two minutes.
        """
        return self.until(what, self.lagging(observe), limit_seconds=2 * NOT_YET_SECONDS, where=_AGAIN)

    def lagging(self, observe: Callable[[], T | Pending]) -> Callable[[], T | Pending]:
        """Return the observation with 404 as pending, until it has been 404 for two minutes.

        Raises, when called:
            NotYet: For a 404 after that time.
        """
        since: float | None = None

        def observed() -> T | Pending:
            nonlocal since
            try:
                found = observe()
            except NotFound as error:
                since = self.clock.seconds() if since is None else since
                if self.clock.seconds() - since < NOT_YET_SECONDS:
                    return Pending("not shown yet")
                raise NotYet(error.message, _AGAIN, error.origin) from error
            since = None
            return found

        return observed
