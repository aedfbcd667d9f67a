"""The managed network's status."""

from __future__ import annotations

from support.check_facts import assert_judged, without_network, workspace

from tasks.checks.network.managed_network_is_provisioned import CHECK
from tasks.domain.azure.networking.network import ManagedNetwork


def test_judge() -> None:
    """Inactive is a failure, since Azure refuses online deployments then."""
    inactive = ManagedNetwork(isolation_mode="AllowInternetOutbound", status="Inactive")
    assert_judged(CHECK, workspace(), "PASS", "Active")
    assert_judged(CHECK, without_network(), "SKIP", "no managed network")
    found = assert_judged(CHECK, workspace(managed_network=inactive), "FAIL", "is Inactive")
    assert "az ml workspace provision-network --name churn --resource-group ml" in found.remedy
