"""Azure Storage: the blob service under its own host names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deployments.emulator.services.storage import accounts, blobs
from deployments.emulator.services.storage.service import routes
from deployments.emulator.state import Resource

if TYPE_CHECKING:
    from deployments.emulator.app import Emulator

__all__ = ["routes", "set_up"]


def set_up(emulator: Emulator) -> None:
    """Make the tables, and drop what accounts left behind that are gone."""
    accounts.prepare(emulator)
    blobs.prepare(emulator)
    emulator.removal.on_delete(accounts.ACCOUNT_TYPE, _remove)
    present = {account.name.lower() for account in emulator.resources.of_type(accounts.ACCOUNT_TYPE)}
    for name in accounts.names(emulator):
        if name not in present:
            _drop(emulator, name)


def _remove(emulator: Emulator, account: Resource) -> None:
    _drop(emulator, account.name)


def _drop(emulator: Emulator, name: str) -> None:
    blobs.delete_account(emulator, name)
    accounts.forget(emulator, name)
