"""Time limits of the diagnostics, one for each kind of request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TimeLimits:
    """Times in seconds, each for one complete response.

    Attributes:
        answer: For the control plane and log queries. Time in the queue doesn't count.
        call: For a sample request to a scoring host.
        inspection: For a host that is only inspected: certificates, inference routers.
        dns: For a DNS server.
        pause: Before the first retry; doubled before each further one.
    """

    answer: float = 15.0
    call: float = 30.0
    inspection: float = 10.0
    dns: float = 3.0
    pause: float = 0.5
