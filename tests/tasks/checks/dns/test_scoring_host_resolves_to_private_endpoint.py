"""The second rung: the private endpoint's own address."""

from __future__ import annotations

import pytest
from support.check_facts import PRIVATE, PUBLIC, assert_judged, dns, private_endpoint, resolution

from tasks.checks.dns.scoring_host_resolves_to_private_endpoint import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.resolution import Resolution

OLD = private_endpoint(member="default")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (resolution(dns("system", PRIVATE)), "PASS", "to the private endpoint"),
        (resolution(dns("system", "10.20.0.99")), "FAIL", "resolves to 10.20.0.99, which is not"),
        (resolution(dns("system", PUBLIC)), "FAIL", "which is not the private endpoint's"),
        (resolution(dns("system")), "SKIP", "does not resolve at all"),
        (resolution(dns("system", PRIVATE), ways=(OLD,)), "SKIP", "has an address for scoring hosts"),
        (resolution(dns("system", PRIVATE), ways=()), "SKIP", "has an address for scoring hosts"),
    ],
)
def test_judge(seen: Resolution, status: Status, words: str) -> None:
    """An address in the network that isn't the private endpoint's is an old or foreign one."""
    assert_judged(CHECK, seen, status, words)
