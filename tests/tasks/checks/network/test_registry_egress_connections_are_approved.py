"""Legacy isolation: the registry's connections."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, connection, deployment, registry, without_network, workspace

from tasks.checks.engine.egress import Observation
from tasks.checks.network.registry_egress_connections_are_approved import CHECK
from tasks.domain.azure.networking.private_network import EGRESS_DESCRIPTION
from tasks.domain.diagnostics.finding import Status

ISOLATED = (deployment(egress="disabled"),)
GOOD, WAITING = connection("Approved", EGRESS_DESCRIPTION), connection("Pending", EGRESS_DESCRIPTION, "egress-2")
OTHER = connection("Pending", "somebody else's")


def seen(*connections: object) -> Observation:
    return Observation(without_network(), registry(private_endpoint_connections=connections), ISOLATED)


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (seen(GOOD), "PASS", "approved all 1"),
        (seen(GOOD, OTHER), "PASS", "approved all 1"),
        (seen(GOOD, WAITING), "FAIL", "has not approved 1 of 2"),
        (seen(OTHER), "WARN", "no connection"),
        (Observation(without_network(), None, ISOLATED), "SKIP", "no container registry"),
        (
            Observation(without_network(), registry(), (deployment(),)),
            "SKIP",
            "No online deployment has private endpoints",
        ),
        (Observation(workspace(), registry(), ISOLATED), "SKIP", "managed network"),
    ],
)
def test_judge(found: Observation, status: Status, words: str) -> None:
    """Only connections that Azure ML made for egress count, and each must be approved."""
    judged = assert_judged(CHECK, found, status, words)
    if status == "FAIL":
        assert "connection approve --id" in judged.remedy
        assert "/privateEndpointConnections/egress-2" in judged.remedy
