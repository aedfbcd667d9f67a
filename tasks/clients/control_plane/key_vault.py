"""The network rules of the workspace's key vault."""

from __future__ import annotations

from typing import Final

from tasks.clients.control_plane.workspaces import Workspaces
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Json
from tasks.domain.azure.key_vault import KeyVaultNetwork
from tasks.domain.common import errors

_API: Final = "2023-07-01"


class KeyVault:
    """The key vault of the target's workspace."""

    def __init__(self, arm: Arm, workspace: Workspaces) -> None:
        self._arm = arm
        self._workspace = workspace

    def network(self) -> KeyVaultNetwork:
        """Read the vault's network rules. Key authentication needs trusted Azure services allowed.

        Raises:
            NotFound: When the workspace or its vault does not exist.
        """
        workspace = self._workspace.get(expected=True)
        if workspace is None or workspace.key_vault is None:
            raise errors.NotFound("the workspace or its key vault does not exist", "Create the workspace first.")
        name = workspace.key_vault.rsplit("/", 1)[-1]
        return as_key_vault_network(self._arm.read(f"read key vault {name}", workspace.key_vault, _API))


def as_key_vault_network(body: Json) -> KeyVaultNetwork:
    """Return the value for a key vault's JSON."""
    properties = body["properties"]
    rules = properties.get("networkAcls") or {}
    return KeyVaultNetwork(
        id=body["id"],
        name=body["name"],
        public_network_access=(properties.get("publicNetworkAccess") or "Enabled").lower(),
        bypass=rules.get("bypass") or "AzureServices",
        default_action=rules.get("defaultAction") or "Allow",
    )
