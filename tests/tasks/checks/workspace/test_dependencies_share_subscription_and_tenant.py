"""Where the workspace's own resources are."""

from __future__ import annotations

import pytest
from support.check_facts import SUBSCRIPTION, TENANT, assert_judged, workspace

from tasks.checks.workspace.dependencies_share_subscription_and_tenant import CHECK, Seen
from tasks.domain.diagnostics.finding import Status

ELSEWHERE = "/subscriptions/99999999-9999-4999-8999-999999999999/resourceGroups/x/providers/Microsoft.Storage"
OTHER_GROUP = f"/SUBSCRIPTIONS/{SUBSCRIPTION.upper()}/resourceGroups/other/providers/Microsoft.Storage"


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Seen(workspace(), TENANT.upper()), "PASS", "in its subscription"),
        (Seen(workspace(container_registry=None, key_vault=None), ""), "PASS", "in its subscription"),
        (Seen(workspace(storage_account=f"{OTHER_GROUP}/storageAccounts/s1"), TENANT), "PASS", "in its subscription"),
        (Seen(workspace(storage_account=f"{ELSEWHERE}/storageAccounts/s1"), TENANT), "FAIL", "elsewhere: s1"),
        (Seen(workspace(key_vault=f"{ELSEWHERE}/vaults/unreadable"), ""), "FAIL", "elsewhere: unreadable"),
        (Seen(workspace(), "99999999-9999-4999-8999-999999999999"), "FAIL", "elsewhere: churnkv"),
        (Seen(workspace(), ""), "ERROR", "its key vault, which tells the tenant, can't be read"),
        (Seen(workspace(tenant_id=""), "other"), "PASS", "in its subscription"),
    ],
)
def test_judge(seen: Seen, status: Status, words: str) -> None:
    """Another resource group is fine; another subscription or tenant is not."""
    assert_judged(CHECK, seen, status, words)
