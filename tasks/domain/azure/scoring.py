"""The answer to a scoring call, and its meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import BaseModel

from tasks.domain.azure.classification import kind_of
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.common.errors import EndpointOpsError, Origin
from tasks.domain.common.redaction import SafeText

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
# Their meaning in a cluster, where azureml-fe answers itself: score.py crashed or raised; more requests came than
# the instances accept, or are scaled for; score.py took too long.
_OUTCOMES_IN_CLUSTERS: Final[Mapping[int, Outcome]] = {502: "model_error", 503: "throttled", 504: "model_timeout"}

_DENIALS: Final = frozenset({401, 403, 502})

_HINTS: Final[Mapping[Outcome, str]] = {
    "ok": "",
    "unauthorized": "Check the auth mode, and that the identity may score: aad_token needs "
    "the action onlineEndpoints/score/action.",
    "public_access_refused": "Call from inside the virtual network, or check the workspace's private endpoint and "
    "DNS; or set public_network_access to enabled.",
    "no_traffic": "Route traffic to an online deployment, or name one in the request.",
    "model_timeout": "score.py took longer than request_timeout_ms (maximum 180000): raise it, "
    "or make the model faster.",
    "model_error": "score.py failed: read the online deployment's inference-server log.",
    "throttled": "Too many requests are queued: raise instance_count or "
    "max_concurrent_requests_per_instance, or send fewer requests.",
    "platform_error": "Retry; if it persists, open a support ticket with the request id.",
    "refused": "Read the reason in the response body.",
}


class ScoringAnswer(BaseModel, frozen=True):
    """One answer of an endpoint, success or not.

    Attributes:
        body: The beginning of the answer's text, up to 4,000 characters.
        latency_seconds: From sending the request to receiving the whole answer.
        request_id: ``x-request-id``, for a support ticket; our own id where the endpoint returned none.
        deployment: The online deployment that answered, if Azure named it.
        model_error_status: The status that score.py itself returned, on a 424.
    """

    status: int
    outcome: Outcome
    body: SafeText
    latency_seconds: float
    request_id: SafeText = ""
    deployment: SafeText = ""
    model_error_status: int | None = None
    model_error_reason: SafeText = ""

    @property
    def is_ok(self) -> bool:
        """True when the model answered."""
        return self.outcome == "ok"

    @property
    def hint(self) -> str:
        """The next action, empty on success."""
        return _HINTS[self.outcome]


@dataclass(frozen=True)
class WholeAnswer:
    """An answer with its whole text as the model wrote it: to compare it, never to show it."""

    answer: ScoringAnswer
    text: str = field(repr=False)


def outcome_of(status: int, body: str, *, in_cluster: bool = False) -> Outcome:
    """Return the meaning of an endpoint's HTTP status.

    A 403 is about public access when the endpoint says so, else about permissions. Azure also denies callers from
    outside a private link with 401 or 502; the body says so.

    Args:
        in_cluster: True for a Kubernetes endpoint, where some statuses mean something else.
    """
    if status in _DENIALS and re.search(r"private ?link", body, re.IGNORECASE):
        return "public_access_refused"
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
    """Return the error of an answer, or None for a success.

    Throttling and Azure's own faults are temporary; those of score.py or the configuration are not.
    """
    if answer.is_ok:
        return None
    kind, _ = kind_of("scoring", answer.status, "", answer.body)
    model = f", score.py: {answer.model_error_status} {answer.model_error_reason}" if answer.model_error_status else ""
    excerpt = " ".join(answer.body.split())[:_EXCERPT_CHARS] or "an empty body"
    return kind(
        f"scoring {endpoint.name} returned {answer.outcome}{model}: {excerpt}",
        answer.hint,
        Origin(status=answer.status, request_id=answer.request_id),
    )
