"""The scoring front end's own answers, where the container does not answer itself.

Plain text, as Azure's front writes it. Known words: `key_auth_access_denied`, `key_auth_bad_header_forbidden`, the
reasons `model_error`, `model_not_ready` and `too_many_pending_request`, the sentence on Entra tokens. The others are
assumed.
"""

from __future__ import annotations

from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer

REASON, STATUS = "ms-azureml-model-error-reason", "ms-azureml-model-error-statuscode"
ENTRA = (
    "Microsoft Entra Token denied by policy, please review "
    "https://learn.microsoft.com/en-us/azure/machine-learning/how-to-authenticate-online-endpoint"
)


class RefusalError(ArmError):
    """A refusal of the front, as an answer in plain text."""

    def __init__(self, status: int, text: str, *, headers: dict[str, str] | None = None, reason: str = "") -> None:
        super().__init__(status, reason or text, text, headers=headers)

    def answer(self) -> Answer:
        """The answer that the caller gets."""
        return Answer(self.status, self.message, {"content-type": "text/plain", **self.headers})


def unauthorized(text: str) -> RefusalError:
    """401: the wrong key or token, none, or one without the right to score."""
    return RefusalError(401, text)


def refused_publicly() -> RefusalError:
    """403: the endpoint accepts no calls from the public internet, or not from this address."""
    return RefusalError(403, "Public network access is disabled for this endpoint.")


def no_deployment(name: str = "") -> RefusalError:
    """404: no deployment of this name, or none with a positive share of the traffic."""
    if name:
        return RefusalError(404, f"The endpoint has no deployment named '{name}'.")
    return RefusalError(404, "The endpoint doesn't have any valid deployment with positive weight.")


def timed_out() -> RefusalError:
    """408: the container took longer than the deployment's request_timeout_ms."""
    return RefusalError(408, "upstream request timeout")


def too_many() -> RefusalError:
    """429: more requests pending than 2 × max_concurrent_requests_per_instance × instances."""
    return RefusalError(429, "", headers={REASON: "too_many_pending_request"}, reason="too_many_pending_request")


def model_gone(reason: str) -> RefusalError:
    """424: the container crashed while it served (`model_error`), or is not ready (`model_not_ready`)."""
    return RefusalError(424, "", headers={REASON: reason, STATUS: "502"}, reason=reason)
