"""Client-side rate limits that stay below Azure's limits for the management plane, so that no request is throttled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tasks.domain.common.clock import SYSTEM, Clock

Kind = Literal["reads", "writes", "queries"]


@dataclass(frozen=True)
class Allowance:
    """A token bucket: its burst size, and its refill rate per second."""

    at_once: int
    per_second: float


# Slightly below Azure's limits: Azure's bucket refills from the arrival of the first request, this one from its send.
# Source: learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
# Log queries: 200 in any 30 seconds. Source: learn.microsoft.com/azure/azure-monitor/service-limits (log queries)
ALLOWANCES: Final[dict[Kind, Allowance]] = {
    "reads": Allowance(240, 25.0),
    "writes": Allowance(190, 10.0),
    "queries": Allowance(90, 3.5),
}
CONCURRENT_QUERIES: Final = 5  # per user; Azure queues the others

_ROUNDING: Final = 1e-6
_LOGS: Final = "v1"  # the first part of every address of log queries


class RequestBudget:
    """One token bucket for the callers of one event loop, served first come, first served.

    The number of remaining requests that Azure reports wins when it is lower, since others may use the same identity.
    """

    def __init__(self, kind: Kind, clock: Clock = SYSTEM) -> None:
        self._allowance = ALLOWANCES[kind]
        self._header = f"x-ms-ratelimit-remaining-subscription-{kind}"
        self._clock = clock
        self._tokens = float(self._allowance.at_once)
        self._at = clock.seconds()
        self._paused_until = 0.0
        self._turnstile = asyncio.Lock()
        self.taken = 0

    async def turn(self) -> None:
        """Wait until one more request may be sent."""
        async with self._turnstile:
            while (wait := self._wait()) > 0:
                await self._clock.asleep(wait)
            self._tokens -= 1
            self.taken += 1

    def learn(self, headers: Mapping[str, str]) -> None:
        """Adopt the number of remaining requests from a response's headers."""
        remaining = headers.get(self._header, "")
        if remaining.isdigit():
            self._refill()
            self._tokens = min(self._tokens, float(remaining))

    def pause(self, seconds: float) -> None:
        """Send nothing for the given time, as Azure requested."""
        self._paused_until = max(self._paused_until, self._clock.seconds() + seconds)

    def _wait(self) -> float:
        self._refill()
        missing = 1 - self._tokens
        refill = missing / self._allowance.per_second if missing > _ROUNDING else 0.0
        return max(refill, self._paused_until - self._clock.seconds())

    def _refill(self) -> None:
        now = self._clock.seconds()
        grown = self._tokens + (now - self._at) * self._allowance.per_second
        self._tokens = min(grown, float(self._allowance.at_once))
        self._at = now


class RequestBudgets:
    """The token buckets of one identity: one per subscription and kind of operation."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self._budgets: dict[tuple[str, Kind], RequestBudget] = {}

    def of(self, path: str, kind: Kind) -> RequestBudget | None:
        """Return the bucket that a request counts against; None for addresses outside subscriptions."""
        parts = path.lower().split("/")
        if parts[1:2] == [_LOGS]:
            return self._budget("", "queries")
        if len(parts) < 3 or parts[1] != "subscriptions":
            return None
        return self._budget(parts[2], kind)

    def _budget(self, subscription: str, kind: Kind) -> RequestBudget:
        key = (subscription, kind)
        if key not in self._budgets:
            self._budgets[key] = RequestBudget(kind, self.clock)
        return self._budgets[key]

    def taken(self) -> dict[str, int]:
        """Return the number of control-plane requests sent so far, by kind."""
        counts: dict[str, int] = {"reads": 0, "writes": 0}
        for (_, kind), budget in self._budgets.items():
            if kind in counts:
                counts[kind] += budget.taken
        return counts
