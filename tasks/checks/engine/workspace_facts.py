"""The facts of one workspace, which all its endpoints share."""

from __future__ import annotations

import asyncio

from tasks.checks.engine.facts import Facts, fact
from tasks.checks.engine.sources import Sources
from tasks.clients.control_plane.endpoints_async import list_endpoints
from tasks.clients.control_plane.private_access.network_async import (
    list_zone_ids,
    network_id_of,
    read_addresses,
    read_private_endpoint,
    read_virtual_network,
    read_zone,
    read_zone_ids,
    zone_named,
)
from tasks.clients.control_plane.workspaces_async import (
    diagnose_workspace,
    list_outbound_rules,
    read_compute,
    read_registry,
    read_storage,
    read_vault,
    read_workspace,
)
from tasks.domain.azure.networking.dns import PRIVATE_ZONES
from tasks.domain.azure.networking.network import OutboundRule
from tasks.domain.azure.networking.private_network import EGRESS_DESCRIPTION, PrivateEndpoint, PrivateZone
from tasks.domain.azure.registry import ContainerRegistry, PrivateEndpointConnection
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.diagnosed import (
    Compute,
    DiagnosedEndpoint,
    DiagnosedVault,
    DiagnosedWorkspace,
    DiagnosisResult,
    StorageAccount,
)


class WorkspaceFacts(Facts):
    """One workspace: each fact costs at most one read, the private endpoints a few each."""

    def __init__(self, sources: Sources, target: AzureTarget, known: DiagnosedWorkspace | None = None) -> None:
        super().__init__()
        self.sources = sources
        self.target = target
        self._known = known

    @fact
    async def workspace(self) -> DiagnosedWorkspace:
        """The workspace itself; not read again where it was just read."""
        return self._known or await read_workspace(self.sources.reads, self.target.workspace_id)

    @fact
    async def endpoints(self) -> tuple[DiagnosedEndpoint, ...]:
        """All its endpoints."""
        return await list_endpoints(self.sources.reads, self.target.workspace_id)

    @fact
    async def outbound_rules(self) -> tuple[OutboundRule, ...]:
        """The outbound rules of its managed network; none without one."""
        if not (await self.workspace()).has_managed_network:
            return ()
        return await list_outbound_rules(self.sources.reads, self.target.workspace_id)

    @fact
    async def vault(self) -> DiagnosedVault | None:
        """Its key vault."""
        resource_id = (await self.workspace()).key_vault
        return await self.sources.shared(read_vault, resource_id) if resource_id else None

    @fact
    async def vault_tenant(self) -> str:
        """The tenant of its key vault; empty where the vault can't be read."""
        try:
            vault = await self.vault()
        except errors.EndpointOpsError:  # the check of the vault reports it
            return ""
        return vault.tenant_id if vault else ""

    @fact
    async def registry(self) -> ContainerRegistry | None:
        """Its container registry; None until the first image is built."""
        resource_id = (await self.workspace()).container_registry
        return await self.sources.shared(read_registry, resource_id) if resource_id else None

    @fact
    async def storage(self) -> StorageAccount | None:
        """Its storage account."""
        resource_id = (await self.workspace()).storage_account
        return await self.sources.shared(read_storage, resource_id) if resource_id else None

    @fact
    async def image_build_compute(self) -> Compute | None:
        """The compute that builds its images, existing or not; None when it names none."""
        name = (await self.workspace()).image_build_compute
        return await read_compute(self.sources.reads, self.target.workspace_id, name) if name else None

    @fact
    async def private_endpoints(self) -> tuple[PrivateEndpoint, ...]:
        """Its private endpoints in virtual networks of the team's.

        Those that Azure itself makes for managed networks are in subscriptions of its own, which can't be read,
        and are left out.

        Raises:
            AccessDenied: When there are some, and none can be read.
        """
        connections = [one for one in (await self.workspace()).connections if _is_for_callers(one)]
        results = await asyncio.gather(*(self._private_endpoint(one) for one in connections))
        found = tuple(one for one in results if isinstance(one, PrivateEndpoint))
        denied = [one for one in results if isinstance(one, errors.AccessDenied)]
        if denied and not found:
            raise denied[0]
        return found

    @fact
    async def diagnosis(self) -> tuple[DiagnosisResult, ...]:
        """Azure's own diagnosis; takes a write and some seconds."""
        return await diagnose_workspace(self.sources.reads, self.target.workspace_id)

    async def _private_endpoint(
        self, connection: PrivateEndpointConnection
    ) -> PrivateEndpoint | errors.AccessDenied | None:
        try:
            body = await read_private_endpoint(self.sources.reads, connection.private_endpoint_id)
        except errors.NotFound:
            return None
        except errors.AccessDenied as error:
            return error
        addresses, network, zone_ids = await asyncio.gather(
            read_addresses(self.sources.reads, body),
            self.sources.shared(read_virtual_network, network_id_of(body)),
            read_zone_ids(self.sources.reads, connection.private_endpoint_id),
        )
        return PrivateEndpoint(
            id=body["id"],
            status=connection.status,
            addresses=addresses,
            network=network,
            zone=await self._zone(connection.private_endpoint_id, zone_ids),
            subnet_id=body["properties"]["subnet"]["id"],
            zone_ids=zone_ids,
        )

    async def _zone(self, private_endpoint_id: str, zone_ids: tuple[str, ...]) -> PrivateZone | None:
        """The zone that Azure manages the records of, or else one of that name which is managed manually."""
        name = PRIVATE_ZONES[self.target.cloud]
        zone = zone_named(zone_ids, name)
        if zone is None:
            subscription = "/".join(private_endpoint_id.split("/")[:3])
            zone = zone_named(await self.sources.shared(list_zone_ids, subscription), name)
        try:
            return await self.sources.shared(read_zone, zone) if zone else None
        except errors.NotFound:  # a zone group outlives the zone that it names
            return None


def _is_for_callers(connection: PrivateEndpointConnection) -> bool:
    return bool(connection.private_endpoint_id) and connection.description != EGRESS_DESCRIPTION
