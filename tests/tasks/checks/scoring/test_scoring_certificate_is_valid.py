"""The rules of every certificate."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.check_facts import HOST, NOW, assert_judged, certificate

from tasks.checks.scoring.scoring_certificate_is_valid import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.probe import Certificate, covers


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (certificate(90), "PASS", "valid for 90 more days"),
        (certificate(90, ("*.westeurope.inference.ml.azure.com",)), "PASS", "valid for"),
        (certificate(13.5), "WARN", "expires in 13 days"),
        (certificate(-0.5), "FAIL", "expired 1 days ago"),
        (certificate(90, ("proxy.example.org",)), "FAIL", "for proxy.example.org, not for"),
        (certificate(90, ()), "FAIL", "for no name"),
        (certificate(90, not_before=NOW + timedelta(days=2)), "FAIL", "not valid before"),
        (certificate(90, problem="self-signed certificate"), "FAIL", "not trusted: self-signed"),
        (certificate(-1, problem="certificate has expired"), "FAIL", "expired 1 days ago"),
    ],
)
def test_judge(seen: Certificate, status: Status, words: str) -> None:
    """In time and for the name come first: they say more than a library's refusal."""
    assert_judged(CHECK, seen, status, words)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (HOST.upper(), True),
        ("*.westeurope.inference.ml.azure.com", True),
        ("*.inference.ml.azure.com", False),
        ("*.com", False),
        ("westeurope.inference.ml.azure.com", False),
    ],
)
def test_a_star_stands_for_one_label(name: str, expected: object) -> None:
    """As in RFC 6125."""
    assert covers(name, HOST) is expected
