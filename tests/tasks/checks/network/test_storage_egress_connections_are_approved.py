"""Legacy isolation: the storage account's connections."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, connection, deployment, storage, without_network, workspace

from tasks.checks.engine.egress import Observation
from tasks.checks.network.storage_egress_connections_are_approved import CHECK
from tasks.domain.azure.networking.private_network import EGRESS_DESCRIPTION
from tasks.domain.diagnostics.finding import Status

ISOLATED = (deployment(egress="disabled"),)
GOOD, REJECTED = connection("Approved", EGRESS_DESCRIPTION), connection("Rejected", EGRESS_DESCRIPTION)


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Observation(without_network(), storage(GOOD), ISOLATED), "PASS", "approved all 1"),
        (Observation(without_network(), storage(REJECTED), ISOLATED), "FAIL", "has not approved 1 of 1"),
        (Observation(without_network(), storage(), ISOLATED), "WARN", "no connection"),
        (Observation(without_network(), None, ISOLATED), "SKIP", "no storage account"),
        (Observation(workspace(), storage(), ISOLATED), "SKIP", "managed network"),
    ],
)
def test_judge(seen: Observation, status: Status, words: str) -> None:
    """Model and code can't be fetched over a connection that isn't approved."""
    assert_judged(CHECK, seen, status, words)
