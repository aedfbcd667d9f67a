"""Where the workspace's own resources are."""

from __future__ import annotations

import pytest
from support.check_facts import SUBSCRIPTION, TENANT, assert_judged, workspace

from tasks.checks.workspace.dependencies_share_subscription_and_tenant import CHECK, Observation
from tasks.domain.diagnostics.finding import Status

ELSEWHERE = "/subscriptions/99999999-9999-4999-8999-999999999999/resourceGroups/x/providers/Microsoft.Storage"
OTHER_GROUP = f"/SUBSCRIPTIONS/{SUBSCRIPTION.upper()}/resourceGroups/other/providers/Microsoft.Storage"


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Observation(workspace(), TENANT.upper()), "PASS", "in its subscription"),
        (Observation(workspace(container_registry=None, key_vault=None), ""), "PASS", "in its subscription"),
        (
            Observation(workspace(storage_account=f"{OTHER_GROUP}/storageAccounts/s1"), TENANT),
            "PASS",
            "in its subscription",
        ),
        (Observation(workspace(storage_account=f"{ELSEWHERE}/storageAccounts/s1"), TENANT), "FAIL", "elsewhere: s1"),
        (Observation(workspace(key_vault=f"{ELSEWHERE}/vaults/unreadable"), ""), "FAIL", "elsewhere: unreadable"),
        (Observation(workspace(), "99999999-9999-4999-8999-999999999999"), "FAIL", "elsewhere: churnkv"),
        (Observation(workspace(), ""), "ERROR", "its key vault, which has the tenant, can't be read"),
        (Observation(workspace(tenant_id=""), "other"), "PASS", "in its subscription"),
    ],
)
def test_judge(seen: Observation, status: Status, words: str) -> None:
    """Another resource group is fine; another subscription or tenant is not."""
    assert_judged(CHECK, seen, status, words)
