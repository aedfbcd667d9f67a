"""Error rates."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged

from tasks.checks.logs.requests_rarely_fail import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.statistics import TrafficStatistics


@pytest.mark.parametrize(
    ("codes", "status", "words"),
    [
        ({}, "SKIP", "no request"),
        ({200: 100}, "PASS", "0.0 percent of 100"),
        ({200: 95, 424: 3, 429: 2}, "PASS", "5.0 percent"),
        ({200: 90, 424: 6, 408: 4}, "WARN", "10.0 percent of 100 requests failed; the limit is 5."),
    ],
)
def test_judge(codes: dict[int, int], status: Status, words: str) -> None:
    """The share of failed requests against the limit, counted by code."""
    found = assert_judged(CHECK, TrafficStatistics(hours=24, codes=codes), status, words)
    assert len(found.evidence) == len([code for code in codes if code != 200])
