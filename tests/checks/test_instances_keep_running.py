"""Restarts and probes."""

from __future__ import annotations

import pytest
from checks_support import assert_judged

from tasks.checks.instances_keep_running import CHECK
from tasks.domain.finding import Status
from tasks.domain.statistics import InstanceEvents


@pytest.mark.parametrize(
    ("counts", "status", "words"),
    [
        ({}, "SKIP", "no event"),
        ({"Pulled": 3, "Started": 3, "ReadinessProbeFailed": 2}, "PASS", "keep running"),
        ({"Started": 3, "BackOff": 4}, "FAIL", "BackOff 4 times"),
        ({"LivenessProbeFailed": 1}, "FAIL", "LivenessProbeFailed 1 times"),
    ],
)
def test_judge(counts: dict[str, int], status: Status, words: str) -> None:
    """A readiness probe that fails while a container starts is no trouble."""
    assert_judged(CHECK, InstanceEvents(hours=24, counts=counts), status, words)
