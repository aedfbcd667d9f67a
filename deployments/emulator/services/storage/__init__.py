"""Azure Storage: the blob and the queue service under their own host names."""

from __future__ import annotations

import re

from deployments.emulator.core import Emulator
from deployments.emulator.http.routing import Route
from deployments.emulator.services.storage import accounts, blobs, queue_service, queues, service
from deployments.emulator.services.storage.refusals import answer_of
from deployments.emulator.state import Resource

__all__ = ["answer_of", "answers_at", "routes", "set_up"]


SERVICES = re.compile(r"\.(blob|queue)\.core\.windows\.net$")


def answers_at(host: str) -> bool:
    """Return whether a host is a storage account's, whose refusals have a form of their own."""
    return SERVICES.search(host) is not None


def routes() -> list[Route]:
    """Blobs and queues."""
    return [*service.routes(), *queue_service.routes()]


def set_up(emulator: Emulator) -> None:
    """Make the tables, and drop what accounts left behind that are gone."""
    accounts.prepare(emulator)
    blobs.prepare(emulator)
    queues.prepare(emulator)
    emulator.removal.on_delete(accounts.ACCOUNT_TYPE, _remove)
    present = {account.name.lower() for account in emulator.resources.of_type(accounts.ACCOUNT_TYPE)}
    for name in accounts.names(emulator):
        if name not in present:
            _drop(emulator, name)


def _remove(emulator: Emulator, account: Resource) -> None:
    _drop(emulator, account.name)


def _drop(emulator: Emulator, name: str) -> None:
    blobs.delete_account(emulator, name)
    queues.delete_account(emulator, name)
    accounts.forget(emulator, name)
