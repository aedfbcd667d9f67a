"""The first rung: an address in the network."""

from __future__ import annotations

import pytest
from support.check_facts import PRIVATE, PUBLIC, assert_judged, dns, resolution

from tasks.checks.dns.scoring_host_resolves_privately import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.resolution import Resolution


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (resolution(dns("system", PRIVATE)), "PASS", "into the virtual network"),
        (resolution(dns("system", "10.20.200.200")), "PASS", "into the virtual network"),
        (resolution(dns("system", PUBLIC)), "FAIL", f"resolves to {PUBLIC}, outside"),
        (resolution(dns("system", PRIVATE, PUBLIC)), "FAIL", f"resolves to {PUBLIC}, outside"),
        (resolution(dns("system")), "FAIL", "does not resolve"),
        (resolution(dns("system", outcome="no_answer")), "FAIL", "does not resolve"),
        (resolution(dns("system", PUBLIC), ways=()), "SKIP", "no private endpoint"),
    ],
)
def test_judge(seen: Resolution, status: Status, words: str) -> None:
    """Every address must lie in the network's ranges; the table shows what was expected."""
    found = assert_judged(CHECK, seen, status, words)
    assert status == "SKIP" or found.evidence[0].expected == PRIVATE
