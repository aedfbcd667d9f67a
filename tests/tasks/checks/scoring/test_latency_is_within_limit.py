"""The time of one call."""

from __future__ import annotations

import pytest
from support.check_facts import answer, assert_judged, half_an_answer, no_answer

from tasks.checks.scoring.latency_is_within_limit import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.probe import CallProbe


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (answer(seconds=0.1), "PASS", "within the limit"),
        (answer(seconds=2.0), "PASS", "within the limit"),
        (answer(seconds=2.5), "WARN", "took 2.50 s, more than 2 s"),
        (answer(500, "", seconds=9), "SKIP", "No call succeeded"),
        (half_an_answer(), "SKIP", "No call succeeded"),
        (no_answer(), "SKIP", "No call succeeded"),
    ],
)
def test_judge(seen: CallProbe, status: Status, words: str) -> None:
    """Only a successful call's time counts."""
    assert_judged(CHECK, seen, status, words)
