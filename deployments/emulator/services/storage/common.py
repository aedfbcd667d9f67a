"""Shared by the blob and the queue service: the account of a host name, and the form of every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.utils import formatdate

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Handler
from deployments.emulator.services.storage import accounts, sas
from deployments.emulator.services.storage.refusals import StorageError


def guarded(handler: Callable[[Call], Awaitable[Answer]]) -> Handler:
    """Answer refusals in the storage services' own form, and add what every answer carries."""

    async def serve(call: Call) -> Answer:
        try:
            answer = await handler(call)
        except StorageError as error:
            answer = error.answer(call.method, call.request_id)
        answer.headers["x-ms-version"] = call.headers.get("x-ms-version", sas.VERSION)
        answer.headers["Date"] = formatdate(call.emulator.clock.now(), usegmt=True)
        return answer

    return serve


def account_of(call: Call) -> str:
    """The account of the host name.

    Raises:
        StorageError: 404 for an account that doesn't exist, 403 for one without public access, from the internet.
    """
    name = call.host.partition(".")[0]
    if accounts.known_keys(call.emulator, name) is None:
        raise StorageError(404, "ResourceNotFound", f"The emulator has no storage account '{name}'.")
    resource = accounts.resource_of(call.emulator, name)
    closed = resource is not None and str(resource.properties.get("publicNetworkAccess", "")).lower() == "disabled"
    if closed and call.vantage == "internet":
        raise StorageError(403, "AuthorizationFailure", "This request is not authorized to perform this operation.")
    return name
