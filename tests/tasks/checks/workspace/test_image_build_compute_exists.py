"""The compute that builds images."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, compute, registry, workspace

from tasks.checks.workspace.image_build_compute_exists import CHECK, Observation
from tasks.domain.diagnostics.finding import Status

OPEN = registry(public_network_access="enabled")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Observation(workspace(), registry(), compute()), "PASS", "built on compute builder"),
        (Observation(workspace(), registry(), compute(location="West Europe")), "PASS", "builder"),
        (Observation(workspace(), registry(), None), "FAIL", "has no image_build_compute"),
        (Observation(workspace(), registry(), compute(exists=False)), "FAIL", "does not exist"),
        (Observation(workspace(), registry(), compute(provisioning_state="Failed")), "FAIL", "is Failed"),
        (Observation(workspace(), registry(), compute(location="eastus")), "FAIL", "is in eastus, not in westeurope"),
        (Observation(workspace(), OPEN, None), "SKIP", "registry is public"),
        (Observation(workspace(), None, None), "SKIP", "no container registry yet"),
        (Observation(workspace(), OPEN, compute()), "PASS", "builder"),
        (Observation(workspace(), OPEN, compute(exists=False)), "WARN", "does not exist"),
    ],
)
def test_judge(seen: Observation, status: Status, words: str) -> None:
    """A private registry needs one that works; elsewhere a broken one is worth knowing."""
    assert_judged(CHECK, seen, status, words)
