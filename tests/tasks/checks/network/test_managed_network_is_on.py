"""The managed network and its isolation mode."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, deployment, subject_of, without_network, workspace

from tasks.checks.network.managed_network_is_on import CHECK, Observation
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.subject import Expectations

ISOLATED, OPEN = deployment(egress="disabled"), deployment("green", egress="enabled")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Observation(workspace(), (deployment(),)), "PASS", "mode AllowOnlyApprovedOutbound"),
        (Observation(without_network(), (ISOLATED,)), "SKIP", "legacy isolation"),
        (Observation(without_network(), (ISOLATED, OPEN)), "WARN", "not isolated"),
        (Observation(without_network(), ()), "WARN", "not isolated"),
    ],
)
def test_judge(seen: Observation, status: Status, words: str) -> None:
    """Without one, outbound traffic is isolated only where every deployment has its own."""
    assert_judged(CHECK, seen, status, words)


def test_the_mode_is_compared_with_what_was_asked_for() -> None:
    """Another mode than the one asked for is drift."""
    asked = Expectations(workspace=WorkspaceSpec(isolation_mode="allow_internet_outbound"))
    seen = Observation(workspace(), (deployment(),))
    assert_judged(CHECK, seen, "FAIL", "not AllowInternetOutbound", subject_of(expectations=asked))
    same = Expectations(workspace=WorkspaceSpec(isolation_mode="allow_only_approved_outbound"))
    assert_judged(CHECK, seen, "PASS", "mode", subject_of(expectations=same))
