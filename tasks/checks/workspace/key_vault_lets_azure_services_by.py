"""Azure ML keeps endpoint keys in the workspace's vault, so the vault's firewall has to let it by."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.diagnostics.diagnosed import DiagnosedVault
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.subject import Subject


async def observe(look: WorkspaceLook) -> DiagnosedVault | None:
    """The vault's firewall."""
    return await look.vault()


def judge(_subject: Subject, vault: DiagnosedVault | None) -> Verdict:
    """A vault that refuses by default must except Azure's trusted services."""
    if vault is None:
        return skipped("The workspace names no key vault.")
    closed = vault.default_action.lower() == "deny" or vault.public_network_access == "disabled"
    if vault.lets_azure_services_by or not closed:
        return passed(f"Key vault {vault.name} lets Azure services by.")
    return failed(
        f"Key vault {vault.name} refuses by default and doesn't let Azure services by: key authentication fails.",
        seen("bypass", vault.bypass, "AzureServices"),
        seen("defaultAction", vault.default_action),
        seen("publicNetworkAccess", vault.public_network_access),
        remedy=f"az keyvault update --name {vault.name} --bypass AzureServices",
    )


CHECK = Check(
    code="SCORE-KV-001",
    name="key_vault_lets_azure_services_by",
    title="The key vault lets Azure services by",
    severity="major",
    scope="workspace",
    inputs=("vault",),
    observe=observe,
    judge=judge,
    remedy="az keyvault update --name VAULT --bypass AzureServices",
    doc="https://learn.microsoft.com/azure/key-vault/general/how-to-azure-key-vault-network-security",
)
