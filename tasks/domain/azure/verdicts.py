"""What a scoring answer or a proof of isolation means for a run: the error to stop or to retry with, if any."""

from __future__ import annotations

from typing import Final

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.isolation import IsolationProof
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.common.errors import Conflict, EndpointOpsError, Origin, RequestRefused, ServiceUnavailable, Throttled

_EXCERPT_CHARS: Final = 500


def failure_of_answer(endpoint: Endpoint, answer: ScoringAnswer) -> EndpointOpsError | None:
    """The error that an answer stands for, None for a success.

    Throttling and Azure's own faults are temporary; what score.py or the configuration did is not.
    """
    if answer.is_ok:
        return None
    kind = {"throttled": Throttled, "platform_error": ServiceUnavailable}.get(answer.outcome, RequestRefused)
    model = f", score.py: {answer.model_error_status} {answer.model_error_reason}" if answer.model_error_status else ""
    excerpt = " ".join(answer.body.split())[:_EXCERPT_CHARS] or "an empty body"
    return kind(
        f"scoring {endpoint.name} brought {answer.outcome}{model}: {excerpt}",
        answer.hint,
        Origin(status=answer.status, request_id=answer.request_id),
    )


def failure_of_proof(proof: IsolationProof) -> EndpointOpsError | None:
    """The error that a proof stands for: None where it passed, or where a part was skipped.

    "Could not look" is temporary, and never a pass.
    """
    if proof.verdict not in {"fail", "error"}:
        return None
    parts = (proof.inside, proof.outside, proof.public_access)
    reasons = " ".join(part.reason for part in parts if part.verdict == proof.verdict)
    if proof.verdict == "error":
        return ServiceUnavailable(
            f"the isolation of {proof.endpoint} could not be proven: {reasons}",
            "Check the target's internet_proxy, then run again.",
        )
    return Conflict(
        f"endpoint {proof.endpoint} is not isolated: {reasons}",
        "Set public_network_access to disabled on the endpoint, and run again.",
    )
