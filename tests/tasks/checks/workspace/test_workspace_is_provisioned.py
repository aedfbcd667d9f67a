"""The workspace's own state."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, workspace

from tasks.checks.workspace.workspace_is_provisioned import CHECK
from tasks.domain.diagnostics.finding import Status


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("Succeeded", "PASS", "provisioned"),
        ("succeeded", "PASS", "provisioned"),
        ("Failed", "FAIL", "ended as Failed"),
        ("Canceled", "FAIL", "ended as Canceled"),
        ("Updating", "WARN", "running"),
    ],
)
def test_judge(state: str, status: Status, words: str) -> None:
    """Succeeded is well, an operation under way is worth knowing."""
    assert_judged(CHECK, workspace(provisioning_state=state), status, words)
