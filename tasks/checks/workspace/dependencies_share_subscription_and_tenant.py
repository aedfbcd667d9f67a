"""Under isolation, Azure ML reaches storage, vault, registry and insights in its own subscription and tenant only."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Seen:
    """The workspace, and its vault's tenant; empty where nobody could look, as into another subscription."""

    workspace: DiagnosedWorkspace
    vault_tenant: str


async def observe(look: WorkspaceLook) -> Seen:
    """The workspace, and its vault's tenant."""
    return Seen(await look.workspace(), await look.vault_tenant())


def judge(_subject: Subject, found: Seen) -> Verdict:
    """Same subscription by their ids, same tenant by what the vault says. Other resource groups are fine."""
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
            reason="Could not look: all resources are in the workspace's subscription, but its key vault, which tells "
            "the tenant, can't be read.",
            remedy="Give the identity the role Reader on the key vault.",
        )
    return passed("All resources that the workspace depends on are in its subscription and tenant.")


def _foreign_vault(found: Seen) -> list[Evidence]:
    tenant, vault = found.workspace.tenant_id.lower(), found.workspace.key_vault
    if not vault or not tenant or not found.vault_tenant or found.vault_tenant.lower() == tenant:
        return []
    return [seen(vault.rsplit("/", 1)[-1], f"tenant {found.vault_tenant}", f"tenant {tenant}")]


def _subscription_of(resource_id: str) -> str:
    return resource_id.lower().split("/subscriptions/", 1)[-1].split("/", 1)[0]


CHECK = Check(
    code="SCORE-WS-003",
    name="dependencies_share_subscription_and_tenant",
    title="The workspace's own resources are in its subscription and tenant",
    severity="major",
    scope="workspace",
    inputs=("workspace", "vault_tenant"),
    observe=observe,
    judge=judge,
    remedy=(
        "Make a workspace whose storage account, key vault, container registry and Application Insights are in "
        "subscription {subscription} (any resource group): az ml workspace create --storage-account ID --key-vault ID "
        "--container-registry ID --application-insights ID. Then deploy the endpoints there."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-secure-online-endpoint#limitations",
)
