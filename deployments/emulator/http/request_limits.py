"""Azure's token buckets of the management plane: per principal, subscription and kind of operation."""

from __future__ import annotations

import math
from dataclasses import dataclass

from deployments.emulator.clock import Clock
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Call


@dataclass(slots=True)
class _Bucket:
    size: int
    refill: float
    tokens: float
    at: float

    def take(self, now: float) -> bool:
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.refill)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


# kind of operation → how many at once, how many a second (docs: request-limits-and-throttling)
LIMITS = {"reads": (250, 25.0), "writes": (200, 10.0), "deletes": (200, 10.0)}


class RequestLimits:
    """Always counts, so that the remaining tokens are known; refuses only where enforced."""

    def __init__(self, clock: Clock, *, enforced: bool) -> None:
        self._clock = clock
        self._enforced = enforced
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def take(self, call: Call) -> dict[str, str]:
        """Take a token; return the headers with the remaining number.

        Raises:
            ArmError: 429 with Retry-After, where none is left.
        """
        parts = call.path.lower().split("/")
        if len(parts) < 3 or parts[1] != "subscriptions":
            return {}
        kind = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}.get(call.method, "writes")
        who = call.principal.client_id if call.principal else ""
        size, refill = LIMITS[kind]
        now = self._clock.now()
        bucket = self._buckets.setdefault((who, parts[2], kind), _Bucket(size, refill, size, now))
        if not bucket.take(now) and self._enforced:
            wait = math.ceil((1 - bucket.tokens) / refill)
            raise ArmError(
                429,
                "SubscriptionRequestsThrottled",
                f"Number of '{kind}' requests for subscription '{parts[2]}' and principal '{who}' exceeded the limit "
                f"of '{size}'. Please try again after '{wait}' seconds.",
                headers={"Retry-After": str(wait)},
            )
        return {f"x-ms-ratelimit-remaining-subscription-{kind}": str(max(0, int(bucket.tokens)))}
