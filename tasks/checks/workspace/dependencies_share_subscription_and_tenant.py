"""Under isolation, a workspace reaches its own resources only in its own subscription and tenant.

Storage account, key vault, container registry and Application Insights may be in other resource groups.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Observation:
    """The workspace, and its vault's tenant; empty where the vault can't be read, as in another subscription."""

    workspace: DiagnosedWorkspace
    vault_tenant: str


async def observe(facts: WorkspaceFacts) -> Observation:
    """The workspace, and its vault's tenant."""
    return Observation(await facts.workspace(), await facts.vault_tenant())


def judge(_subject: Subject, found: Observation) -> Verdict:
    """Fail on a resource id of another subscription, or a key vault of another tenant."""
    home = _subscription_of(found.workspace.id)
    strangers = [
        seen(one.rsplit("/", 1)[-1], f"subscription {_subscription_of(one)}", f"subscription {home}")
        for one in found.workspace.associated_ids
        if _subscription_of(one) != home
    ]
    strangers += _foreign_vault(found)
    if strangers:
        names = ", ".join(one.what for one in strangers)
        return failed(f"The workspace depends on resources elsewhere: {names}.", *strangers)
    if found.workspace.key_vault and not found.vault_tenant:
        return Verdict(
            status="ERROR",
            reason="Not checked: all resources are in the workspace's subscription, but its key vault, which has the "
            "tenant, can't be read.",
            remedy="Give the identity the role Reader on the key vault.",
        )
    return passed("All resources that the workspace depends on are in its subscription and tenant.")


def _foreign_vault(found: Observation) -> list[Evidence]:
    tenant, vault = found.workspace.tenant_id.lower(), found.workspace.key_vault
    if not vault or not tenant or not found.vault_tenant or found.vault_tenant.lower() == tenant:
        return []
    return [seen(vault.rsplit("/", 1)[-1], f"tenant {found.vault_tenant}", f"tenant {tenant}")]


def _subscription_of(resource_id: str) -> str:
    return resource_id.lower().split("/subscriptions/", 1)[-1].split("/", 1)[0]


CHECK = Check(
    code="SCORE-WS-003",
    title="The workspace's own resources are in its subscription and tenant",
    severity="major",
    scope="workspace",
    inputs=("workspace", "vault_tenant"),
    observe=observe,
    judge=judge,
    remedy=(
        "Make a workspace whose storage account, key vault, container registry and Application Insights are in "
        "subscription {subscription} (any resource group): az ml workspace create --storage-account ID --key-vault ID "
        "--container-registry ID --application-insights ID. Then deploy the endpoints there: the storage account and "
        "key vault of a workspace can't be exchanged."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint#limitations",
    explains=("SCORE-NET-003", "SCORE-END-001", "SCORE-DEP-001", "SCORE-KV-002", "SCORE-WS-004"),
    because="Resources in another subscription or tenant are not reached.",
)
