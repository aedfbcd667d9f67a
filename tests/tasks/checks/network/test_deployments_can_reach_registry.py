"""Legacy isolation: public egress against a private registry."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, deployment, registry, without_network, workspace

from tasks.checks.network.deployments_can_reach_registry import CHECK, Observation
from tasks.domain.diagnostics.finding import Status

OPEN = registry(public_network_access="enabled")
PRIVATELY, PUBLICLY = deployment(egress="disabled"), deployment("green", egress="enabled")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Observation(workspace(), registry(), (PUBLICLY,)), "SKIP", "managed network"),
        (Observation(without_network(), registry(), (PRIVATELY,)), "PASS", "through private endpoints"),
        (Observation(without_network(), registry(), (PRIVATELY, PUBLICLY)), "FAIL", "refuses green"),
        (Observation(without_network(), registry(), (deployment(),)), "FAIL", "refuses blue"),
        (Observation(without_network(), OPEN, (PUBLICLY,)), "PASS", "registry is public"),
        (Observation(without_network(), None, (PUBLICLY,)), "SKIP", "no container registry yet"),
    ],
)
def test_judge(seen: Observation, status: Status, words: str) -> None:
    """A deployment that goes out publicly can't pull from a registry that takes no public callers."""
    assert_judged(CHECK, seen, status, words)
