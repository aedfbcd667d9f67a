"""Names that stay taken after a deletion, and the commands that free them."""

from __future__ import annotations

from datetime import UTC, datetime

from tasks.domain.azure.governance.soft_delete import TakenName, taken_advice
from tasks.domain.common.commands import split_commands

WORKSPACE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/churn"
VAULT = TakenName(
    kind="key vault", id="/subscriptions/s/resourceGroups/rg/x/y/vaults/kv", location="westeurope", days=90
)


def test_a_workspace_is_purged_at_its_address() -> None:
    """Both ways are ready to copy, without az ml, which finds no deleted workspace; the group first, if it is gone."""
    one = TakenName(kind="workspace", id=WORKSPACE, location="westeurope")
    commands = split_commands(taken_advice(one, is_group_there=False))[1::2]
    assert commands[0] == "az group create --name rg --location westeurope"
    assert commands[1] == f'az rest --method delete --url "{WORKSPACE}?api-version=2024-10-01&forceToPurge=true"'
    assert commands[3].startswith(
        f'az rest --method put --url "{WORKSPACE}?api-version=2024-10-01" --body \'{{"location"'
    )
    assert len(split_commands(taken_advice(one, is_group_there=True))[1::2]) == 2


def test_a_vault_is_purged_unless_it_is_protected() -> None:
    """Purge protection leaves recovery alone."""
    assert VAULT.purge() == "az keyvault purge --name kv --location westeurope"
    protected = VAULT.model_copy(update={"is_protected": True})
    assert not protected.purge()
    assert protected.recover() == "az keyvault recover --name kv --location westeurope"


def test_the_day_follows_from_the_deletion() -> None:
    """A day that Azure named already stays."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    assert VAULT.deleted_at(now).until == "2027-02-25"
    assert VAULT.model_copy(update={"until": "2026-12-01"}).deleted_at(now).until == "2026-12-01"
