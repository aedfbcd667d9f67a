"""The private way in."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, connection, workspace

from tasks.checks.network.workspace_has_approved_private_endpoint import CHECK
from tasks.domain.azure.networking.private_network import EGRESS_DESCRIPTION
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Status

OLD = connection("Disconnected", name="old")


@pytest.mark.parametrize(
    ("seen", "status", "words", "remedy"),
    [
        (workspace(), "PASS", "approved", ""),
        (workspace(connections=(OLD, connection())), "PASS", "approved", ""),
        (workspace(connections=()), "FAIL", "no private endpoint", "az network private-endpoint create"),
        (workspace(connections=(connection("Pending"),)), "FAIL", "No private endpoint", "connection approve --id"),
        (workspace(connections=(connection("Rejected"),)), "FAIL", "No private", "az network private-endpoint create"),
        (
            workspace(connections=(connection("Approved", EGRESS_DESCRIPTION),)),
            "FAIL",
            "has no private endpoint",
            "az network private-endpoint create",
        ),
    ],
)
def test_judge(seen: DiagnosedWorkspace, status: Status, words: str, remedy: str) -> None:
    """One approved way for callers is enough; a pending one can be approved."""
    assert remedy in assert_judged(CHECK, seen, status, words).remedy
