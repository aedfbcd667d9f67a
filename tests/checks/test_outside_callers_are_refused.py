"""The outside half of the isolation proof."""

from __future__ import annotations

import pytest
from checks_support import answer, assert_judged

from tasks.checks.outside_callers_are_refused import CHECK
from tasks.domain.finding import Status
from tasks.domain.isolation import OutsideLook


def reached(status: int, body: str = "") -> OutsideLook:
    return OutsideLook(answer=answer(status, body).answer)


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (reached(403, "Public network access is disabled"), "PASS", "was refused"),
        (OutsideLook(failure="refused", way_out_works=True), "PASS", "gave no connection"),
        (reached(200, "[1]"), "FAIL", "reached the endpoint"),
        (reached(401, "key_auth_bad_header_forbidden"), "FAIL", "reached the endpoint"),
        (None, "SKIP", "no internet_proxy"),
    ],
)
def test_judge(seen: OutsideLook | None, status: Status, words: str) -> None:
    """Whoever is asked for credentials has reached the endpoint."""
    assert_judged(CHECK, seen, status, words)


def test_a_broken_way_out_proves_nothing() -> None:
    """It is an error, never a pass."""
    assert_judged(CHECK, OutsideLook(failure="refused", way_out_works=False), "ERROR", "nothing is proven")
