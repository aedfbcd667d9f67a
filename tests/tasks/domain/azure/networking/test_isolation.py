"""What answers and proofs mean for a run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.networking.isolation import IsolationProof, ProofPart, ProofVerdict, failure_of_proof
from tasks.domain.azure.scoring import Outcome, ScoringAnswer, failure_of_answer
from tasks.domain.common.errors import EndpointOpsError, PermanentError, TemporaryError

ENDPOINT = Endpoint(id="/e", name="churn", location="westeurope", provisioning_state="Succeeded")
FINE = ProofPart(verdict="pass", reason="fine.")


def answer(status: int, outcome: Outcome, body: str = "") -> ScoringAnswer:
    return ScoringAnswer(status=status, outcome=outcome, body=body, latency_seconds=0.1, request_id="r-1")


@pytest.mark.parametrize(
    ("status", "outcome", "kind"),
    [
        (424, "model_error", PermanentError),
        (404, "no_traffic", PermanentError),
        (401, "unauthorized", PermanentError),
        (429, "throttled", TemporaryError),
        (503, "platform_error", TemporaryError),
    ],
)
def test_an_answer_without_success(status: int, outcome: Outcome, kind: type[EndpointOpsError]) -> None:
    """A failure of the platform is temporary, one of model or setup is not; each tells status, id and next action."""
    failure = failure_of_answer(ENDPOINT, answer(status, outcome, "boom\n at line 3"))
    assert isinstance(failure, kind)
    assert f"HTTP {status}, request id r-1" in str(failure)
    assert "boom at line 3" in failure.message
    assert failure.hint


def test_a_success_is_no_failure() -> None:
    """An answer of the model stops nothing."""
    assert failure_of_answer(ENDPOINT, answer(200, "ok", "[1]")) is None


def test_what_score_py_said_is_told() -> None:
    """The status and reason that score.py gave are in the message."""
    told = answer(424, "model_error").model_copy(
        update={"model_error_status": 500, "model_error_reason": "KeyError: data"}
    )
    failure = failure_of_answer(ENDPOINT, told)
    assert failure
    assert "score.py: 500 KeyError: data" in failure.message
    assert "an empty body" in failure.message


@pytest.mark.parametrize(
    ("outside", "kind"), [("pass", None), ("skip", None), ("fail", PermanentError), ("error", TemporaryError)]
)
def test_a_proof(outside: ProofVerdict, kind: type[EndpointOpsError] | None) -> None:
    """A failed proof stops the run, one that could not look is tried again, a skipped part is no failure."""
    part = ProofPart(verdict=outside, reason="seen from outside.")
    proof = IsolationProof(endpoint="churn", made_at=datetime.now(UTC), inside=FINE, outside=part, public_access=FINE)
    failure = failure_of_proof(proof)
    assert failure is None if kind is None else isinstance(failure, kind)
    if failure:
        assert "seen from outside." in failure.message
        assert failure.hint
