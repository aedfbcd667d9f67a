"""Connections to the scoring host."""

from __future__ import annotations

from support.check_facts import answer, assert_judged, no_answer, subject_of

from tasks.checks.scoring.scoring_host_takes_connections import CHECK


def test_judge() -> None:
    """Any HTTP answer will do, none is the network's fault."""
    assert_judged(CHECK, answer(), "PASS", "accepts connections")
    assert_judged(CHECK, answer(503, "busy"), "PASS", "accepts connections")
    found = assert_judged(CHECK, no_answer("ConnectError: refused"), "FAIL", "the network between")
    assert found.evidence[0].seen == "ConnectError: refused"


def test_without_a_sample_nobody_calls() -> None:
    """The reason says that no sample was given."""
    assert "No sample request" in CHECK.applies(subject_of(request=""))
    assert not CHECK.applies(subject_of())
