"""The network rules of a workspace's key vault."""

from __future__ import annotations

from pydantic import BaseModel


class KeyVaultNetwork(BaseModel, frozen=True):
    """The firewall of a key vault, as `az keyvault network-rule list` shows it.

    Attributes:
        bypass: AzureServices or None, in Azure's spelling.
        default_action: Allow or Deny.
    """

    id: str
    name: str
    public_network_access: str = "enabled"
    bypass: str = "AzureServices"
    default_action: str = "Allow"

    @property
    def allows_azure_services(self) -> bool:
        """True when Azure ML can store an endpoint's keys in it."""
        return self.bypass.lower() == "azureservices"
