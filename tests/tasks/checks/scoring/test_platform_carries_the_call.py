"""Faults of the platform."""

from __future__ import annotations

import pytest
from support.check_facts import answer, assert_judged, no_answer

from tasks.checks.scoring.platform_carries_the_call import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.probe import CallProbe


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (answer(), "PASS", "routes the call"),
        (answer(401, ""), "PASS", "routes the call"),
        (answer(424, ""), "PASS", "routes the call"),
        (answer(404, ""), "FAIL", "no online deployment takes the call"),
        (answer(429, ""), "WARN", "too many requests"),
        (answer(500, ""), "FAIL", "the platform failed, not the model"),
        (answer(503, ""), "FAIL", "HTTP 503"),
        (answer(502, "", in_cluster=True), "PASS", "routes the call"),
        (answer(504, "", in_cluster=True), "PASS", "routes the call"),
        (answer(503, "", in_cluster=True), "WARN", "HTTP 503: too many requests"),
        (answer(500, "", in_cluster=True), "FAIL", "the platform failed"),
        (answer(400, "bad"), "FAIL", "the request was refused"),
        (no_answer(), "SKIP", "no answer"),
    ],
)
def test_judge(seen: CallProbe, status: Status, words: str) -> None:
    """404, 429 and 5xx are not the model's."""
    assert_judged(CHECK, seen, status, words)
