"""Answers to callers: always JSON, with what was wrong and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from tasks.domain.common.errors import AccessDenied, AuthenticationFailed, EndpointOpsError, TemporaryError
from tasks.domain.events.event_grid import MalformedEventError

RETRY_SECONDS: Final = "30"
_STATUS: Final[tuple[tuple[type[EndpointOpsError], int], ...]] = (
    (MalformedEventError, 400),
    (AuthenticationFailed, 401),
    (AccessDenied, 403),
)


def refused(
    status: int,
    message: str,
    hint: str = "",
    *,
    details: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a refusal."""
    error: dict[str, Any] = {"status": status, "message": message}
    error |= {"next": hint} if hint else {}
    error |= {"details": list(details)} if details else {}
    return JSONResponse({"error": error}, status, headers)


def refused_for(error: EndpointOpsError) -> JSONResponse:
    """Return the refusal for an error; a temporary one carries Retry-After."""
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 503)
    headers = {"Retry-After": RETRY_SECONDS} if isinstance(error, TemporaryError) or status == 503 else {}
    headers |= {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return refused(status, error.message, error.hint, headers=headers)


def not_served(_: Request, error: Exception) -> JSONResponse:
    """Return the refusal of an unknown address or method."""
    found = error if isinstance(error, HTTPException) else HTTPException(404)
    return refused(found.status_code, found.detail, "Send events by POST to /events.", headers=found.headers)


def broken(_: Request, __: Exception) -> JSONResponse:
    """Return the answer to a fault of this service, whose log has the details."""
    return refused(500, "the event service failed", "Send it again later, and read the log of the service.")
