"""The registry's tier."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, registry, workspace

from tasks.checks.workspace.registry_is_premium import CHECK, Observation
from tasks.domain.diagnostics.finding import Status

BASIC = registry(sku="Basic", public_network_access="enabled")
PUBLIC = workspace(public_network_access="enabled", connections=())


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Observation(workspace(), registry()), "PASS", "is Premium"),
        (Observation(workspace(), None), "SKIP", "no container registry yet"),
        (Observation(workspace(), BASIC), "FAIL", "allows no private endpoint"),
        (Observation(workspace(connections=()), BASIC), "FAIL", "allows no private endpoint"),
        (Observation(workspace(public_network_access="enabled"), BASIC), "FAIL", "allows no private endpoint"),
        (Observation(PUBLIC, BASIC), "PASS", "not reached privately"),
    ],
)
def test_judge(seen: Observation, status: Status, words: str) -> None:
    """A workspace that is reached privately needs Premium."""
    found = assert_judged(CHECK, seen, status, words)
    assert status != "FAIL" or found.remedy == "az acr update --name churnacr --sku Premium"
