"""Shared by the blob and the queue service: the account of a host name, and the form of every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.utils import formatdate

from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Handler
from deployments.emulator.services.storage import accounts, firewall, sas
from deployments.emulator.services.storage.refusals import StorageError, answer_of


def guarded(handler: Callable[[Call], Awaitable[Answer]]) -> Handler:
    """Answer refusals in the storage services' own form, and add what every answer carries."""

    async def serve(call: Call) -> Answer:
        try:
            answer = await handler(call)
        except ArmError as error:
            answer = answer_of(call, error)
        answer.headers["x-ms-version"] = call.headers.get("x-ms-version", sas.VERSION)
        answer.headers["Date"] = formatdate(call.emulator.clock.now(), usegmt=True)
        return answer

    return serve


def account_of(call: Call) -> str:
    """The account of the host name.

    Raises:
        StorageError: 404 for an account that doesn't exist, 403 where its firewall refuses the caller.
    """
    name = call.host.partition(".")[0]
    if accounts.known_keys(call.emulator, name) is None:
        raise StorageError(404, "ResourceNotFound", f"The emulator has no storage account '{name}'.")
    resource = accounts.resource_of(call.emulator, name)
    if resource is not None:
        firewall.require(call, resource)
    return name
