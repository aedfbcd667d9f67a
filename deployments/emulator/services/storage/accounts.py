"""Storage accounts, as far as their blobs need them: the keys that sign shared access signatures."""

from __future__ import annotations

import base64
import secrets

from deployments.emulator.core import Emulator
from deployments.emulator.state import Resource

ACCOUNT_TYPE = "Microsoft.Storage/storageAccounts"


def prepare(emulator: Emulator) -> None:
    """Make the table of accounts."""
    emulator.resources.store.execute(
        "CREATE TABLE IF NOT EXISTS storage_account (name TEXT PRIMARY KEY, first TEXT, second TEXT)"
    )


def keys_of(emulator: Emulator, name: str) -> tuple[str, str]:
    """Both keys of an account; made when they are first asked for, which is when its blob service begins to exist."""
    found = known_keys(emulator, name)
    if found is None:
        found = (new_key(), new_key())
        emulator.resources.store.execute("INSERT INTO storage_account VALUES (?, ?, ?)", (name.lower(), *found))
    return found


def known_keys(emulator: Emulator, name: str) -> tuple[str, str] | None:
    """The keys of an account, or None where no such account exists."""
    query = "SELECT first, second FROM storage_account WHERE name = ?"
    row: tuple[str, str] | None = emulator.resources.store.execute(query, (name.lower(),)).fetchone()
    return row


def names(emulator: Emulator) -> list[str]:
    """All accounts that have a blob service."""
    return [name for (name,) in emulator.resources.store.execute("SELECT name FROM storage_account")]


def forget(emulator: Emulator, name: str) -> None:
    """The account is gone."""
    emulator.resources.store.execute("DELETE FROM storage_account WHERE name = ?", (name.lower(),))


def resource_of(emulator: Emulator, name: str) -> Resource | None:
    """The account in the management plane; its name is unique in Azure."""
    return next(iter(emulator.resources.named(ACCOUNT_TYPE, name)), None)


def takes_keys(emulator: Emulator, name: str) -> bool:
    """Return whether an account accepts its keys, and what they have signed."""
    found = resource_of(emulator, name)
    return found is None or found.properties.get("allowSharedKeyAccess") is not False


def new_key() -> str:
    """A key of 64 bytes, in base64."""
    return base64.b64encode(secrets.token_bytes(64)).decode()
