"""azureml-fe over both protocols."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, kubernetes_endpoint, subject_of

from tasks.checks.kubernetes.inference_router_answers import CHECK, Observation
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.probe import WebProbe

UP = WebProbe(url="u", status=404, text="Swagger not found")
DOWN = WebProbe(url="u", failure="ConnectError: refused")
BAD = WebProbe(url="u", status=502, text="Bad Gateway")


@pytest.mark.parametrize(
    ("scheme", "seen", "status", "words"),
    [
        ("https", Observation(https=UP, http=DOWN), "PASS", "over HTTPS"),
        ("https", Observation(https=DOWN, http=UP), "FAIL", "check its certificate"),
        ("https", Observation(https=DOWN, http=DOWN), "FAIL", "does not answer over HTTPS"),
        ("https", Observation(https=BAD, http=BAD), "FAIL", "does not answer over HTTPS"),
        ("http", Observation(https=DOWN, http=UP), "PASS", "over HTTP"),
        ("http", Observation(https=UP, http=DOWN), "FAIL", "does not answer over HTTP."),
    ],
)
def test_judge(scheme: str, seen: Observation, status: Status, words: str) -> None:
    """HTTPS failing while HTTP works points to the certificate."""
    one = kubernetes_endpoint(f"{scheme}://models.example.org/api/v1/endpoint/churn-prod/score")
    assert_judged(CHECK, seen, status, words, subject_of(one))
