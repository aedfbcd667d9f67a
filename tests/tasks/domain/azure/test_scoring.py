"""What answers mean, and what they prove."""

from datetime import UTC, datetime

import pytest

from tasks.domain.azure import scoring
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.networking import isolation
from tasks.domain.azure.networking.isolation import OutsideCall
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.azure.workspace import PublicNetworkAccess


def answer(status: int, body: str = "") -> ScoringAnswer:
    """An answer of one status."""
    outcome = scoring.outcome_of(status, body)
    return ScoringAnswer(status=status, outcome=outcome, body=body, latency_seconds=0.1)


def endpoint(access: PublicNetworkAccess) -> Endpoint:
    """An endpoint with one setting of public access."""
    return Endpoint(
        id="/e",
        name="churn",
        location="westeurope",
        provisioning_state="Succeeded",
        public_network_access=access,
    )


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, "[1]", "ok"),
        (400, "", "refused"),
        (401, "", "unauthorized"),
        (403, "no score/action", "unauthorized"),
        (403, "Public network access is disabled", "public_access_refused"),
        *(
            (status, "not accessible from outside of the private link", "public_access_refused")
            for status in (401, 403, 502)
        ),
        (404, "", "no_traffic"),
        (408, "", "model_timeout"),
        (424, "", "model_error"),
        (429, "", "throttled"),
        (500, "", "platform_error"),
        (503, "", "platform_error"),
    ],
)
def test_outcomes(status: int, body: str, outcome: str) -> None:
    """Each status of a managed endpoint has one meaning."""
    assert scoring.outcome_of(status, body) == outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "ok"),
        (409, "refused"),
        (500, "platform_error"),
        (502, "model_error"),
        (503, "throttled"),
        (504, "model_timeout"),
    ],
)
def test_outcomes_in_clusters(status: int, outcome: str) -> None:
    """A Kubernetes endpoint says with 502, 503 and 504 what a managed one says with 424, 429 and 408."""
    assert scoring.outcome_of(status, "", in_cluster=True) == outcome


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 424, 429, 500])
def test_every_failure_has_a_next_action(status: int) -> None:
    """Whatever went wrong, the answer says what to do."""
    assert answer(status).hint


@pytest.mark.parametrize(
    ("look", "verdict"),
    [
        (None, "skip"),
        (OutsideCall(answer=answer(403, "public network access is disabled")), "pass"),
        (OutsideCall(failure="connection reset"), "pass"),
        (OutsideCall(failure="connection refused", proxy_works=False), "error"),
        (OutsideCall(answer=answer(200)), "fail"),
        (OutsideCall(answer=answer(401)), "fail"),
        (OutsideCall(answer=answer(404)), "fail"),
        (OutsideCall(answer=answer(502)), "error"),
    ],
)
def test_outside(look: OutsideCall | None, verdict: str) -> None:
    """Only a refusal by the endpoint, over a way out that works, passes."""
    assert isolation.judge_outside(look).verdict == verdict


def test_a_skip_says_why() -> None:
    """A part that was not looked at names the missing setting."""
    assert "internet_proxy" in isolation.judge_outside(None).reason


@pytest.mark.parametrize(
    ("access", "inside", "look", "verdict"),
    [
        ("disabled", 200, OutsideCall(answer=answer(403, "public")), "pass"),
        ("disabled", 200, None, "skip"),
        ("enabled", 200, None, "fail"),
        ("disabled", 424, OutsideCall(answer=answer(403, "public")), "fail"),
        ("disabled", 200, OutsideCall(failure="x", proxy_works=False), "error"),
    ],
)
def test_the_proof_is_as_good_as_its_worst_part(
    access: PublicNetworkAccess, inside: int, look: OutsideCall | None, verdict: str
) -> None:
    """Fail beats error beats skip beats pass."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    proof = isolation.prove_isolation(endpoint(access), now, answer(inside), look)
    assert proof.verdict == verdict
