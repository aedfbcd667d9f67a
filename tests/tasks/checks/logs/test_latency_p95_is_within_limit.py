"""The slowest requests."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged

from tasks.checks.logs.latency_p95_is_within_limit import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.statistics import TrafficStatistics


@pytest.mark.parametrize(
    ("p95", "status", "words"),
    [
        (None, "SKIP", "no successful request"),
        (150.0, "PASS", "within the limit"),
        (2500.0, "WARN", "longer than 2.50 s"),
    ],
)
def test_judge(p95: float | None, status: Status, words: str) -> None:
    """In milliseconds there, in seconds here."""
    assert_judged(CHECK, TrafficStatistics(hours=24, codes={200: 9}, p95_ms=p95), status, words)
