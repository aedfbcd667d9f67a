"""The outside half of the isolation proof."""

from __future__ import annotations

import pytest
from support.check_facts import answer, assert_judged, endpoint, kubernetes_endpoint, subject_of

from tasks.checks.scoring.outside_callers_are_refused import CHECK
from tasks.domain.azure.networking.isolation import OutsideCall
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.subject import Expectations


def reached(status: int, body: str = "") -> OutsideCall:
    return OutsideCall(answer=answer(status, body).answer)


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (reached(403, "Public network access is disabled"), "PASS", "was refused"),
        (OutsideCall(failure="refused", proxy_works=True), "PASS", "unreachable from the internet"),
        (reached(200, "[1]"), "FAIL", "reached the endpoint"),
        (reached(401, "key_auth_bad_header_forbidden"), "FAIL", "reached the endpoint"),
        (None, "SKIP", "no internet_proxy"),
    ],
)
def test_judge(seen: OutsideCall | None, status: Status, words: str) -> None:
    """Whoever is asked for credentials has reached the endpoint."""
    assert_judged(CHECK, seen, status, words)


def test_a_broken_way_out_proves_nothing() -> None:
    """It is an error, never a pass."""
    assert_judged(CHECK, OutsideCall(failure="refused", proxy_works=False), "ERROR", "nothing is proven")


OPEN = endpoint(public_network_access="enabled")


@pytest.mark.parametrize("seen", [reached(401), OutsideCall(failure="refused"), None])
def test_an_open_endpoint_is_not_isolated(seen: OutsideCall | None) -> None:
    """Its setting is enough, whatever the look from outside brought."""
    found = assert_judged(CHECK, seen, "FAIL", "Public access to the endpoint is on", subject_of(OPEN))
    assert found.evidence[0].expected == "disabled"


def test_who_may_take_public_callers_is_left_alone() -> None:
    """Only where that is expected, and never asked of clusters."""
    expectations = Expectations(public_network_access="enabled")
    assert CHECK.applies(subject_of(OPEN, expectations=expectations)).endswith("as expected.")
    assert not CHECK.applies(subject_of(expectations=expectations))
    assert not CHECK.applies(subject_of(OPEN))
    assert CHECK.applies(subject_of(kubernetes_endpoint()))
