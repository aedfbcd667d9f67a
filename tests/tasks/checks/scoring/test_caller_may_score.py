"""Authentication and public access."""

from __future__ import annotations

import pytest
from support.check_facts import answer, assert_judged, no_answer

from tasks.checks.scoring.caller_may_score import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.probe import CallProbe


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (answer(), "PASS", "authorizes the caller"),
        (answer(424, ""), "PASS", "authorizes the caller"),
        (answer(401, "key_auth_access_denied"), "FAIL", "HTTP 401"),
        (answer(403, "no right"), "FAIL", "does not authorize the caller: HTTP 403"),
        (answer(403, "Public network access is disabled"), "FAIL", "Public access is off"),
        (no_answer(), "SKIP", "no answer"),
    ],
)
def test_judge(seen: CallProbe, status: Status, words: str) -> None:
    """A refusal for public access is told apart from one for rights."""
    assert_judged(CHECK, seen, status, words)
