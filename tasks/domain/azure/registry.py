"""The container registry of a workspace."""

from __future__ import annotations

from pydantic import BaseModel


class PrivateEndpointConnection(BaseModel, frozen=True):
    """A private endpoint's connection to a resource.

    Attributes:
        status: Approved, Pending, Rejected or Disconnected.
    """

    id: str
    name: str
    status: str
    description: str = ""
    private_endpoint_id: str = ""


class ContainerRegistry(BaseModel, frozen=True):
    """A registry as Azure returns it.

    Attributes:
        sku: Basic, Standard or Premium.
        public_network_access: enabled or disabled, in lower case.
        lets_azure_services_by: True when trusted Azure services pass its firewall.
    """

    id: str
    name: str
    location: str
    sku: str
    provisioning_state: str = ""
    public_network_access: str = "enabled"
    allows_azure_services: bool = True
    private_endpoint_connections: tuple[PrivateEndpointConnection, ...] = ()
    tags: dict[str, str] = {}

    @property
    def is_premium(self) -> bool:
        """True when it can have private endpoints. Source: aka.ms/acr/tiers."""
        return self.sku.lower() == "premium"

    @property
    def is_private(self) -> bool:
        """True when it refuses callers from the internet."""
        return self.public_network_access == "disabled"
