"""Statistics from Log Analytics about an endpoint's recent traffic and its instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from tasks.domain.common.redaction import SafeText


class TrafficStatistics(BaseModel, frozen=True):
    """Requests of the last hours, counted by HTTP code; ``p95_ms`` is over the answered ones."""

    hours: float
    codes: Mapping[int, int] = {}
    p95_ms: float | None = None

    @property
    def requests(self) -> int:
        """All requests."""
        return sum(self.codes.values())

    @property
    def errors(self) -> int:
        """Requests that were not answered with 2xx."""
        return sum(count for code, count in self.codes.items() if not 200 <= code < 300)


# A readiness probe fails while a container starts, which is normal.
_TROUBLE: Final = ("BackOff", "LivenessProbeFailed")


class InstanceEvents(BaseModel, frozen=True):
    """Events of the endpoint's instances in the last hours, counted by name and online deployment."""

    hours: float
    counts: Mapping[str, int] = {}
    last_message: SafeText = ""

    @property
    def trouble(self) -> Mapping[str, int]:
        """Number of repeated restarts of containers, and of failed liveness probes."""
        return {name: self.counts[name] for name in _TROUBLE if self.counts.get(name)}
