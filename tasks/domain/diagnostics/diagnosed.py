"""Values that only the diagnostics read, besides those of the other steps."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.key_vault import KeyVaultNetwork
from tasks.domain.azure.registry import PrivateEndpointConnection
from tasks.domain.azure.workspace import Workspace


class DiagnosedWorkspace(Workspace, frozen=True):
    """A workspace with its private endpoint connections and its tenant."""

    tenant_id: str = ""
    connections: tuple[PrivateEndpointConnection, ...] = ()

    @property
    def has_managed_network(self) -> bool:
        """True when outbound traffic goes through a managed network."""
        return self.managed_network.is_on


class DiagnosedEndpoint(Endpoint, frozen=True):
    """An endpoint with the properties that only a diagnosis reads.

    Attributes:
        compute_id: The Kubernetes compute that it runs on; empty for managed endpoints.
        operation_url: Where Azure reports the result of its last operation, for as long as Azure keeps it.
    """

    compute_id: str = ""
    operation_url: str = ""

    @property
    def is_kubernetes(self) -> bool:
        """True when it runs in a cluster of the team's own."""
        return bool(self.compute_id)

    @property
    def is_private(self) -> bool:
        """True when it may be called only through the workspace's private endpoint."""
        return self.public_network_access == "disabled" and not self.is_kubernetes


class DiagnosedVault(KeyVaultNetwork, frozen=True):
    """A key vault's firewall, and the vault's tenant."""

    tenant_id: str = ""


class StorageAccount(BaseModel, frozen=True):
    """The workspace's storage account, as far as isolation is concerned."""

    id: str
    name: str
    public_network_access: str = "enabled"
    private_endpoint_connections: tuple[PrivateEndpointConnection, ...] = ()


class Compute(BaseModel, frozen=True):
    """A compute of the workspace; ``exists`` is False when the workspace names one that isn't there."""

    name: str
    exists: bool = True
    kind: str = ""
    location: str = ""
    provisioning_state: str = ""


Level = Literal["Error", "Warning", "Information"]


class DiagnosisResult(BaseModel, frozen=True):
    """One line of Azure's own diagnosis of a workspace."""

    subject: str
    code: str
    level: Level
    message: str
