"""The sources that the facts of one run are read from, and the facts that workspaces share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tasks.checks.engine.facts import Facts
from tasks.clients.control_plane.private_network_async import list_zone_ids, read_virtual_network, read_zone
from tasks.clients.control_plane.workspaces_async import read_registry, read_storage, read_vault
from tasks.clients.data_plane.dns import ask
from tasks.clients.data_plane.probes import Probes, open_probes
from tasks.clients.transport.arm_async import Reads, open_reads
from tasks.clients.transport.clouds import CLOUDS
from tasks.clients.transport.pace import Pace
from tasks.clients.transport.time_limits import TimeLimits
from tasks.domain.azure.dns import DnsAnswer, Vantage
from tasks.domain.azure.private_network import PrivateZone, VirtualNetwork
from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.login import MACHINE, Login
from tasks.domain.common.target import Cloud
from tasks.domain.diagnostics.diagnosed import DiagnosedVault, StorageAccount


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

    async def registry(self, resource_id: str) -> ContainerRegistry:
        """A container registry."""
        return await self.once(resource_id.lower(), lambda: read_registry(self.reads, resource_id))

    async def vault(self, resource_id: str) -> DiagnosedVault:
        """A key vault."""
        return await self.once(resource_id.lower(), lambda: read_vault(self.reads, resource_id))

    async def storage(self, resource_id: str) -> StorageAccount:
        """A storage account."""
        return await self.once(resource_id.lower(), lambda: read_storage(self.reads, resource_id))

    async def virtual_network(self, resource_id: str) -> VirtualNetwork:
        """A virtual network."""
        return await self.once(resource_id.lower(), lambda: read_virtual_network(self.reads, resource_id))

    async def zone(self, resource_id: str) -> PrivateZone:
        """A private DNS zone."""
        return await self.once(resource_id.lower(), lambda: read_zone(self.reads, resource_id))

    async def zone_ids(self, subscription_path: str) -> tuple[str, ...]:
        """All private DNS zones of a subscription."""
        return await self.once(
            f"zones of {subscription_path.lower()}", lambda: list_zone_ids(self.reads, subscription_path)
        )


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
