"""What can go wrong, in two families: worth another try, or not before a person acts."""
# ruff: noqa: N818  # the names say what happened; "Error" at the end of each would add nothing

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Origin:
    """What Azure itself said.

    Attributes:
        code: Azure's own error code.
        status: The HTTP status, if there was an answer.
        request_id: ``x-ms-request-id`` of the answer, to be quoted in a support ticket.
        retry_after: Seconds that Azure asks to be left alone, if it said so.
    """

    code: str = ""
    status: int | None = None
    request_id: str = ""
    retry_after: float | None = None

    def __str__(self) -> str:
        parts = (
            self.code,
            f"HTTP {self.status}" if self.status else "",
            f"request id {self.request_id}" if self.request_id else "",
        )
        return ", ".join(part for part in parts if part)


class EndpointOpsError(Exception):
    """Base of every error that this project raises on purpose.

    ``str()`` gives the whole story (message, Azure's code, HTTP status and request id, next
    action), so an error rebuilt from its text alone still tells it all.

    Attributes:
        message: What was asked, and what came back.
        hint: The next action to take.
        origin: What Azure said, empty where Azure had no part in it.
    """

    def __init__(self, message: str, hint: str = "", origin: Origin | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.origin = origin or Origin()

    def __str__(self) -> str:
        source = str(self.origin)
        text = f"{self.message} ({source})" if source else self.message
        return f"{text}\nNext: {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.hint, self.origin)

    def as_dict(self) -> dict[str, Any]:
        """The error as plain JSON values."""
        return {"kind": type(self).__name__, "message": self.message, "hint": self.hint, **asdict(self.origin)}


class TemporaryError(EndpointOpsError):
    """Another try may well succeed: the retry policy repeats the step, after ``origin.retry_after`` if set."""


class PermanentError(EndpointOpsError):
    """The same request would fail again: the run stops at once."""


class Throttled(TemporaryError):
    """Azure answered 429: too many requests in a short time."""


class OperationInProgress(TemporaryError):
    """Another operation holds the resource."""


class Unreachable(TemporaryError):
    """No answer: name resolution, connection, proxy or TLS."""


class ServiceUnavailable(TemporaryError):
    """Azure answered 5xx, or broke off its answer."""


class InvalidSpec(PermanentError):
    """What was asked for can't be right: a bad value, file or combination."""


class AuthenticationFailed(PermanentError):
    """No token, or one that Azure does not accept."""


class AccessDenied(PermanentError):
    """The identity is known, but may not do this."""


class NotFound(PermanentError):
    """The resource does not exist."""


class Conflict(PermanentError):
    """The request contradicts what is there."""


class NotOwned(PermanentError):
    """The resource does not carry our ownership tags, so it is not ours to remove."""


class NotReady(PermanentError):
    """Something that this step stands on is not there yet."""


class QuotaExceeded(PermanentError):
    """A limit of the subscription, region or endpoint is used up."""


class ProvisioningFailed(PermanentError):
    """Azure accepted the request, and its operation ended as failed."""


class RequestRefused(PermanentError):
    """Azure refused the request for a reason that fits no narrower class."""


class Stopped(PermanentError):
    """The run was cancelled while this waited; the operation goes on in Azure."""


class WaitTimedOut(PermanentError):
    """A wait reached its limit; the operation may still be running in Azure."""
