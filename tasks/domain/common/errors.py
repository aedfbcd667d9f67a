"""Errors in two families: temporary ones, which are retried, and permanent ones, which need action first."""
# ruff: noqa: N818  # the names say what happened; "Error" at the end of each would add nothing

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from tasks.domain.common.redaction import redact


@dataclass(frozen=True)
class Origin:
    """Azure's part of an error.

    Attributes:
        code: Azure's own error code.
        status: The HTTP status, if there was a response.
        request_id: ``x-ms-request-id`` of the response, for a support ticket.
        retry_after: Seconds to wait before the next request, if Azure throttled this one.
    """

    code: str = ""
    status: int | None = None
    request_id: str = ""
    retry_after: float | None = None

    def __post_init__(self) -> None:
        """Make Azure's words safe."""
        object.__setattr__(self, "code", redact(self.code))
        object.__setattr__(self, "request_id", redact(self.request_id))

    def __str__(self) -> str:
        parts = (
            self.code,
            f"HTTP {self.status}" if self.status else "",
            f"request id {self.request_id}" if self.request_id else "",
        )
        return ", ".join(part for part in parts if part)


class EndpointOpsError(Exception):
    """Base of every error that this project raises on purpose.

    Its texts become states, logs and reports. They may quote Azure or a team's code, so they are redacted here.

    ``str()`` includes everything (message, Azure's code, HTTP status and request id, next
    action), so an error rebuilt from its text alone loses nothing.

    Attributes:
        message: The request, and its result.
        hint: The next action to take.
        origin: Azure's part of it; empty where Azure was not involved.
    """

    def __init__(self, message: str, hint: str = "", origin: Origin | None = None) -> None:
        self.message = redact(message)
        self.hint = redact(hint)
        super().__init__(self.message)
        self.origin = origin or Origin()

    def __str__(self) -> str:
        source = str(self.origin)
        text = f"{self.message} ({source})" if source else self.message
        return f"{text}\nNext: {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.hint, self.origin)

    def as_dict(self) -> dict[str, Any]:
        """Return the error as plain JSON values."""
        return {"kind": type(self).__name__, "message": self.message, "hint": self.hint, **asdict(self.origin)}


class TemporaryError(EndpointOpsError):
    """A retry may succeed: the retry policy repeats the step, after ``origin.retry_after`` if set.

    Attributes:
        repeats: The maximum number of repetitions; None leaves it to whoever repeats.
    """

    repeats: ClassVar[int | None] = None


class PermanentError(EndpointOpsError):
    """The same request would fail again: the run stops at once."""


class Throttled(TemporaryError):
    """Azure returned 429: too many requests in a short time."""


class OperationInProgress(TemporaryError):
    """Another operation holds the resource."""


class Unreachable(TemporaryError):
    """No answer: name resolution, connection, proxy or TLS."""


class ServiceUnavailable(TemporaryError):
    """Azure returned 5xx, broke off its response, or something else than Azure answered."""


class NotYet(TemporaryError):
    """Azure does not show yet what was just written: its reads lag behind its writes."""


class TokenExpired(TemporaryError):
    """Azure does not accept the token any more: the next attempt fetches a new one."""

    repeats = 1


class ConcurrentChange(TemporaryError):
    """Azure returned 412: another client changed the resource between reading and writing it."""

    repeats = 1


class InvalidSpec(PermanentError):
    """The request is invalid: a bad value, file or combination."""


class AuthenticationFailed(PermanentError):
    """There is no token, or Azure does not accept it."""


class AccessDenied(PermanentError):
    """The identity is known, but lacks the permission."""


class NotFound(PermanentError):
    """The resource does not exist."""


class Conflict(PermanentError):
    """The request contradicts the current state."""


class NotOwned(PermanentError):
    """The resource does not carry our ownership tags, so it must not be removed."""


class NotReady(PermanentError):
    """A prerequisite of this step is not met yet."""


class QuotaExceeded(PermanentError):
    """A quota of the subscription, region or endpoint is exhausted."""


class Unrecoverable(PermanentError):
    """An online deployment whose first creation failed: Azure only deletes it."""


class ProvisioningFailed(PermanentError):
    """Azure accepted the request, but its operation failed."""


class RequestRefused(PermanentError):
    """Azure refused the request for a reason that fits no narrower class."""


class Stopped(PermanentError):
    """The run was cancelled during a wait; the operation continues in Azure."""


class WaitTimedOut(PermanentError):
    """A wait timed out; the operation may still be running in Azure."""
