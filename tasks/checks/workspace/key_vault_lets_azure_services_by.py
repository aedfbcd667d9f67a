"""Azure ML stores endpoint keys in the workspace's key vault, whose firewall must allow trusted Azure services.

Otherwise endpoints with key authentication can't be created.
"""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.common.commands import argument
from tasks.domain.diagnostics.diagnosed import DiagnosedVault
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest
from tasks.domain.remedy.planners import allow_azure_services


def judge(_subject: Subject, vault: DiagnosedVault | None) -> Verdict:
    """Fail when `bypass` is not AzureServices and `defaultAction` is Deny or public access is off."""
    if vault is None:
        return skipped("The workspace names no key vault.")
    closed = vault.default_action.lower() == "deny" or vault.public_network_access == "disabled"
    if vault.allows_azure_services or not closed:
        return passed(f"Key vault {vault.name} allows trusted Azure services.")
    return failed(
        f"Key vault {vault.name} denies trusted Azure services, so key authentication fails.",
        seen("bypass", vault.bypass, "AzureServices"),
        seen("defaultAction", vault.default_action),
        seen("publicNetworkAccess", vault.public_network_access),
        remedy=f"az keyvault update --name {argument(vault.name)} --bypass AzureServices",
    )


async def plan(facts: EndpointFacts, _request: RemedyRequest) -> Draft:
    """Allow trusted Azure services on the key vault's firewall."""
    return allow_azure_services(await facts.workspace.vault())


CHECK = Check(
    code="SCORE-KV-001",
    title="The key vault allows trusted Azure services",
    severity="major",
    scope="workspace",
    inputs=("vault",),
    observe=WorkspaceFacts.vault,
    judge=judge,
    remedy="az keyvault update --name VAULT --bypass AzureServices",
    doc="https://learn.microsoft.com/azure/key-vault/general/how-to-azure-key-vault-network-security",
    explains=("SCORE-KV-002", "SCORE-END-001", "SCORE-CALL-002"),
    because="Key authentication fails when the key vault denies Azure ML.",
    plan=plan,
)
