"""The scoring requests of the last hours, as Azure Monitor's metrics count them; nothing is kept over a restart."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from deployments.emulator.core import Emulator

MAXIMUM_REQUESTS = 100_000


class Request(NamedTuple):
    """One request that an endpoint answered.

    Attributes:
        at: Seconds since the epoch.
        model_status: What the container answered; empty where the request got to none.
        milliseconds: From the request's arrival to the answer.
    """

    at: float
    endpoint: str
    deployment: str
    status: int
    model_status: str
    milliseconds: float


class Meter:
    """Counts scoring requests, whether or not a diagnostic setting keeps a record of them."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._requests: deque[Request] = deque(maxlen=MAXIMUM_REQUESTS)

    def count(self, endpoint: str, deployment: str, status: int, model_status: str, milliseconds: float) -> None:
        """Count a request that was answered now."""
        at = self._emulator.clock.now()
        self._requests.append(Request(at, endpoint.lower(), deployment, status, model_status, milliseconds))

    def requests(self, endpoint: str, since: float, until: float) -> list[Request]:
        """Return those of one endpoint in an interval, the oldest first."""
        key = endpoint.lower()
        return [one for one in self._requests if one.endpoint == key and since <= one.at < until]
