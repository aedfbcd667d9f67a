"""The status of outbound rules."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, rule, without_network, workspace

from tasks.checks.network.outbound_rules_are_active import CHECK, Observation
from tasks.domain.azure.networking.network import ManagedNetwork
from tasks.domain.diagnostics.finding import Status

INACTIVE = ManagedNetwork(isolation_mode="AllowOnlyApprovedOutbound", status="Inactive")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Observation(workspace(), (rule(), rule("blob"))), "PASS", "All 2"),
        (Observation(workspace(), ()), "PASS", "All 0"),
        (Observation(workspace(), (rule(), rule("blob", status="Failed"))), "FAIL", "have failed: blob."),
        (Observation(workspace(), (rule(status="Provisioning"),)), "WARN", "not Active yet: features."),
        (Observation(workspace(), (rule(status="Deleting"), rule("b", status="Failed"))), "FAIL", "have failed: b."),
        (Observation(workspace(managed_network=INACTIVE), (rule(status="Inactive"),)), "SKIP", "not provisioned"),
        (Observation(without_network(), ()), "SKIP", "no managed network"),
    ],
)
def test_judge(seen: Observation, status: Status, words: str) -> None:
    """A failed rule fails, one under way warns; an unprovisioned network is another check's matter."""
    assert_judged(CHECK, seen, status, words)


def test_the_remedy_can_be_run_as_it_stands() -> None:
    """The command names the rule and where it is."""
    found = assert_judged(CHECK, Observation(workspace(), (rule(status="Failed"),)), "FAIL", "features")
    assert "outbound-rule set --rule features --resource-group ml --workspace-name churn" in found.remedy
