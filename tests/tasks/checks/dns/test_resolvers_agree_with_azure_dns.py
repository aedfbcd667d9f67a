"""Conditional forwarders."""

from __future__ import annotations

import pytest
from support.check_facts import PRIVATE, PUBLIC, assert_judged, dns, resolution

from tasks.checks.dns.resolvers_agree_with_azure_dns import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.resolution import Resolution

AZURE = dns("azure", PRIVATE)


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (resolution(AZURE, dns("custom", PRIVATE), dns("system", PRIVATE)), "PASS", "All DNS servers"),
        (resolution(AZURE, dns("system", PRIVATE)), "PASS", "All DNS servers"),
        (resolution(AZURE, dns("custom", PUBLIC), dns("system", PUBLIC)), "FAIL", "conditional forwarder"),
        (
            resolution(AZURE, dns("custom", outcome="no_answer"), dns("system", PRIVATE)),
            "FAIL",
            "conditional forwarder",
        ),
        (resolution(AZURE, dns("custom", PRIVATE), dns("system", PUBLIC)), "FAIL", "The caller's own resolver"),
        (resolution(AZURE, dns("system")), "FAIL", "while Azure's DNS returns"),
        (resolution(dns("azure", PUBLIC), dns("custom", PUBLIC), dns("system", PUBLIC)), "SKIP", "nothing to compare"),
        (resolution(dns("azure", outcome="no_answer"), dns("system", PUBLIC)), "SKIP", "nothing to compare"),
    ],
)
def test_judge(seen: Resolution, status: Status, words: str) -> None:
    """Only where Azure's DNS knows the address can another server be to blame."""
    found = assert_judged(CHECK, seen, status, words)
    assert "conditional" not in words or "127.0.0.1:53" in found.remedy
