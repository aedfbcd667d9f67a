"""How long the diagnostics wait for one answer of each kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TimeLimits:
    """Times in seconds, each for one whole answer.

    Attributes:
        answer: Of the control plane and of log queries. Time in the queue for a turn doesn't count.
        call: Of a scoring host to a sample request.
        look: Of a host that is only looked at: certificates, inference routers.
        dns: Of a DNS server.
        pause: Before the first repetition; twice as long before each further one.
    """

    answer: float = 15.0
    call: float = 30.0
    look: float = 10.0
    dns: float = 3.0
    pause: float = 0.5
