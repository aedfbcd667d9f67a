"""The sources that the facts of one run are read from, and the facts that workspaces share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from tasks.checks.engine.facts import Facts
from tasks.clients.data_plane.dns import ask
from tasks.clients.data_plane.probes import Probes, open_probes
from tasks.clients.transport.arm_async import Reads, open_reads
from tasks.clients.transport.clouds import CLOUDS
from tasks.clients.transport.pace import Pace
from tasks.clients.transport.time_limits import TimeLimits
from tasks.domain.azure.networking.dns import DnsAnswer, Vantage
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.login import MACHINE, Login
from tasks.domain.common.target import Cloud

T = TypeVar("T")


class Sources(Facts):
    """The clients of one run. Facts that workspaces share (networks, zones, registries, …) are read once."""

    def __init__(self, reads: Reads, probes: Probes, pace: Pace, time_limits: TimeLimits, clock: Clock) -> None:
        super().__init__()
        self.reads = reads
        self.probes = probes
        self.clock = clock
        self._pace = pace
        self._limits = time_limits

    def anew(self) -> Sources:
        """Return the same clients and request budget with nothing remembered, for a recheck."""
        return Sources(self.reads, self.probes, self._pace, self._limits, self.clock)

    async def dns(self, vantage: Vantage, server: str | None, host: str) -> DnsAnswer:
        """Return the answer of one DNS server."""
        await self._pace.turn()
        return await ask(vantage, server, host, seconds=self._limits.dns)

    async def shared(self, read: Callable[[Reads, str], Coroutine[Any, Any, T]], resource_id: str) -> T:
        """Return what ``read`` returns for a resource, or for the scope of a list."""
        return await self.once(f"{read.__name__} {resource_id.lower()}", lambda: read(self.reads, resource_id))


@asynccontextmanager
async def open_sources(
    cloud: Cloud,
    internet_proxy: str | None,
    *,
    time_limits: TimeLimits | None = None,
    clock: Clock = SYSTEM,
    login: Login = MACHINE,
) -> AsyncIterator[Sources]:
    """Open the sources of one run; costs no request."""
    limits, pace = time_limits or TimeLimits(), Pace()
    async with (
        open_reads(cloud, limits, pace, login) as reads,
        open_probes(CLOUDS[cloud].authority, internet_proxy, limits, pace) as probes,
    ):
        sources = Sources(reads, probes, pace, limits, clock)
        try:
            yield sources
        finally:
            sources.close()
