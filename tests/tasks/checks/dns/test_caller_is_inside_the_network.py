"""Where the caller is."""

from __future__ import annotations

import pytest
from support.check_facts import PRIVATE, PUBLIC, assert_judged, dns, private_endpoint, resolution, workspace

from tasks.checks.dns.caller_is_inside_the_network import CHECK, Observation
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.resolution import Resolution

SILENT = dns("azure", outcome="no_answer")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (resolution(dns("azure", PRIVATE), dns("system", PUBLIC)), "PASS", "resolves the private address"),
        (resolution(SILENT, dns("system", PRIVATE)), "PASS", "resolves the private address"),
        (resolution(SILENT, dns("system", PUBLIC)), "FAIL", "outside the virtual network"),
        (resolution(SILENT, dns("system", PUBLIC), dns("custom", PRIVATE)), "FAIL", "outside the virtual network"),
        (resolution(dns("azure", PUBLIC), dns("system", PUBLIC)), "FAIL", "in another network"),
        (resolution(dns("azure"), dns("system"), ways=[private_endpoint(records={})]), "SKIP", "not in order"),
        (
            resolution(dns("azure", PUBLIC), dns("system"), ways=[private_endpoint(linked=False)]),
            "SKIP",
            "not in order",
        ),
        (resolution(SILENT, dns("system"), ways=[]), "SKIP", "not in order"),
    ],
)
def test_judge(seen: Resolution, status: Status, words: str) -> None:
    """The caller's place is to blame only when zone, record and link are in order."""
    assert_judged(CHECK, Observation(workspace(), seen), status, words)
