"""The compute that builds images."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, compute, registry, workspace

from tasks.checks.workspace.image_build_compute_exists import CHECK, Seen
from tasks.domain.diagnostics.finding import Status

OPEN = registry(public_network_access="enabled")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Seen(workspace(), registry(), compute()), "PASS", "built on compute builder"),
        (Seen(workspace(), registry(), compute(location="West Europe")), "PASS", "builder"),
        (Seen(workspace(), registry(), None), "FAIL", "has no image_build_compute"),
        (Seen(workspace(), registry(), compute(exists=False)), "FAIL", "does not exist"),
        (Seen(workspace(), registry(), compute(provisioning_state="Failed")), "FAIL", "is Failed"),
        (Seen(workspace(), registry(), compute(location="eastus")), "FAIL", "is in eastus, not in westeurope"),
        (Seen(workspace(), OPEN, None), "SKIP", "takes public callers"),
        (Seen(workspace(), None, None), "SKIP", "no container registry yet"),
        (Seen(workspace(), OPEN, compute()), "PASS", "builder"),
        (Seen(workspace(), OPEN, compute(exists=False)), "WARN", "does not exist"),
    ],
)
def test_judge(seen: Seen, status: Status, words: str) -> None:
    """A private registry needs one that works; elsewhere a broken one is worth knowing."""
    assert_judged(CHECK, seen, status, words)
