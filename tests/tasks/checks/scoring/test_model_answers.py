"""Faults of the model."""

from __future__ import annotations

import pytest
from support.check_facts import answer, assert_judged, half_an_answer, no_answer

from tasks.checks.scoring.model_answers import CHECK
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.probe import CallProbe


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (answer(), "PASS", "The model answers"),
        (answer(424, "", model_error_status=500, model_error_reason="model_error"), "FAIL", "(model_error)"),
        (answer(424, ""), "FAIL", "HTTP 424: the model failed."),
        (answer(408, ""), "FAIL", "longer than request_timeout_ms"),
        (half_an_answer(), "FAIL", "did not finish"),
        (answer(502, "", in_cluster=True), "FAIL", "HTTP 502: the model failed"),
        (answer(504, "", in_cluster=True), "FAIL", "HTTP 504: the model took longer"),
        (answer(503, "", in_cluster=True), "SKIP", "did not reach the model"),
        (answer(404, ""), "SKIP", "did not reach the model"),
        (answer(500, ""), "SKIP", "did not reach the model"),
        (no_answer(), "SKIP", "no answer"),
    ],
)
def test_judge(seen: CallProbe, status: Status, words: str) -> None:
    """424 and 408 are the model's, with the headers as evidence."""
    assert_judged(CHECK, seen, status, words)


def test_the_evidence_can_be_quoted_in_a_ticket_and_holds_no_secret() -> None:
    """The request id is there; a key in the answer's text is not."""
    for body in ("AccountKey=abc123;", "KeyError: no such row, db_password=abc123"):
        found = assert_judged(CHECK, answer(424, body), "FAIL", "424")
        text = found.model_dump_json()
        assert "x-request-id r-1" in text
        assert "abc123" not in text
