"""What a scoring call brought back, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.common.errors import EndpointOpsError, Origin, RequestRefused, ServiceUnavailable, Throttled

Outcome = Literal[
    "ok",
    "unauthorized",
    "public_access_refused",
    "no_traffic",
    "model_timeout",
    "model_error",
    "throttled",
    "platform_error",
    "refused",
]

BODY_EXCERPT_CHARS: Final = 4000

# https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints
_OUTCOMES: Final[Mapping[int, Outcome]] = {
    401: "unauthorized",
    404: "no_traffic",
    408: "model_timeout",
    424: "model_error",
    429: "throttled",
}
# What azureml-fe means by them in a cluster, where no front of Azure's stands before it: score.py crashed or raised;
# more requests came than the instances take, or are scaled for; score.py took too long.
_OUTCOMES_IN_CLUSTERS: Final[Mapping[int, Outcome]] = {502: "model_error", 503: "throttled", 504: "model_timeout"}

_HINTS: Final[Mapping[Outcome, str]] = {
    "ok": "",
    "unauthorized": "Check the auth mode, and that the identity may score: the action "
    "onlineEndpoints/score/action for aad_token.",
    "public_access_refused": "Call from inside the virtual network, or set public_network_access to enabled.",
    "no_traffic": "Give an online deployment traffic, or name one in the request.",
    "model_timeout": "score.py took longer than request_timeout_ms (at most 180000): raise it, "
    "or make the model faster.",
    "model_error": "score.py failed: read the inference server's log of the online deployment.",
    "throttled": "Too many requests wait: raise instance_count or "
    "max_concurrent_requests_per_instance, or send more slowly.",
    "platform_error": "Try again; if it stays, open a support ticket with the request id.",
    "refused": "Read the answer's body for the reason.",
}


class ScoringAnswer(BaseModel):
    """One answer of an endpoint, success or not.

    Attributes:
        body: The answer's text, at most 4,000 characters of it unless the whole was asked for.
        latency_seconds: From sending the request to having the whole answer.
        request_id: ``x-request-id``, to be quoted in a support ticket; our own id where the endpoint gave none.
        deployment: The online deployment that answered, if Azure told.
        model_error_status: The status that score.py itself answered with, on a 424.
    """

    model_config = ConfigDict(frozen=True)

    status: int
    outcome: Outcome
    body: str
    latency_seconds: float
    request_id: str = ""
    deployment: str = ""
    model_error_status: int | None = None
    model_error_reason: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the model answered."""
        return self.outcome == "ok"

    @property
    def hint(self) -> str:
        """The next action, empty on success."""
        return _HINTS[self.outcome]


def outcome_of(status: int, body: str, *, in_cluster: bool = False) -> Outcome:
    """What an HTTP status of an endpoint means.

    A 403 is about public access when the endpoint says so, else about rights.

    Args:
        in_cluster: Whether it is a Kubernetes endpoint, some of whose statuses mean something else.
    """
    if in_cluster and status in _OUTCOMES_IN_CLUSTERS:
        return _OUTCOMES_IN_CLUSTERS[status]
    if 200 <= status < 300:
        return "ok"
    if status == 403:
        return "public_access_refused" if "public" in body.lower() else "unauthorized"
    if status in _OUTCOMES:
        return _OUTCOMES[status]
    return "platform_error" if status >= 500 else "refused"


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
