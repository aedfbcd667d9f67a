"""Hands a request to its handler; a document of an unexpected shape is a refusal, not a crash."""

from __future__ import annotations

import inspect
import logging

from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route

MISFITS = (AttributeError, LookupError, TypeError, ValueError)
LOG = logging.getLogger(__name__)


async def handled(route: Route, call: Call) -> Answer:
    """Return the handler's answer.

    Raises:
        ArmError: the handler's own refusal; 400 InvalidRequestContent, where it stumbled over the request's document;
            500 InternalServerError, where it stumbled without one.
    """
    try:
        answer = route.handler(call)
        return await answer if inspect.isawaitable(answer) else answer
    except MISFITS as error:
        LOG.exception("%s %s", call.method, call.path)
        raise misfit(call, error) from error


def misfit(call: Call, error: Exception) -> ArmError:
    """Return the error for an exception that the service did not expect."""
    if call.body:
        return ArmError(
            400,
            "InvalidRequestContent",
            f"The request content was invalid and could not be deserialized: '{type(error).__name__}: {error}'.",
        )
    return ArmError(
        500, "InternalServerError", f"The emulator failed on an unexpected error: {type(error).__name__}: {error}."
    )
