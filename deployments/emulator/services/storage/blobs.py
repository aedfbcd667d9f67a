"""The blobs: their contents as files under the state folder, their properties in the database."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.services.storage.refusals import container_not_found, invalid_name


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a blob: account, container and name."""

    account: str
    container: str
    name: str


@dataclass(slots=True)
class Blob:
    """A blob's properties. `modified` is in seconds since the epoch, `md5` in base64."""

    name: str
    size: int
    etag: str
    modified: float
    content_type: str = "application/octet-stream"
    md5: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


COLUMNS = "name, size, etag, modified, content_type, md5, metadata"
# learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_CONTAINER = re.compile(r"[a-z0-9](?:-?[a-z0-9]){2,62}|\$(?:root|web|logs|blobchangefeed)")
KEY = "account = ? AND container = ? AND name = ?"


def prepare(emulator: Emulator) -> None:
    """Make the table of blobs."""
    emulator.resources.store.execute(
        "CREATE TABLE IF NOT EXISTS blob (account TEXT, container TEXT, name TEXT, size INTEGER, etag TEXT,"
        " modified REAL, content_type TEXT, md5 TEXT, metadata TEXT, PRIMARY KEY (account, container, name))"
    )


def _root(emulator: Emulator) -> Path:
    return emulator.options.state_dir / "blobs"


def staging_folder(emulator: Emulator) -> Path:
    """Return the folder of contents that are not complete yet."""
    return emulator.options.state_dir / "blob_blocks"


def container_folder(emulator: Emulator, account: str, container: str) -> Path:
    """Return the folder of a container's contents, whether it exists or not.

    Raises:
        StorageError: 400, for a name that Azure does not allow.
    """
    if not _is_container(container):
        raise invalid_name()
    return _root(emulator) / account.lower() / container


def _is_container(name: str) -> bool:
    return len(name) <= 63 and _CONTAINER.fullmatch(name) is not None


def create_container(emulator: Emulator, account: str, container: str) -> bool:
    """Make a container; says whether it is new."""
    folder = container_folder(emulator, account, container)
    new = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    return new


def require_container(emulator: Emulator, account: str, container: str) -> None:
    """Require that a container exists.

    Raises:
        StorageError: 404 ContainerNotFound.
    """
    if not container_folder(emulator, account, container).is_dir():
        raise container_not_found()


def delete_container(emulator: Emulator, account: str, container: str) -> None:
    """Remove a container with its blobs."""
    shutil.rmtree(container_folder(emulator, account, container), ignore_errors=True)
    emulator.resources.store.execute("DELETE FROM blob WHERE account = ? AND container = ?", (account, container))


def delete_account(emulator: Emulator, account: str) -> None:
    """Remove everything in an account."""
    shutil.rmtree(_root(emulator) / account.lower(), ignore_errors=True)
    shutil.rmtree(staging_folder(emulator) / account.lower(), ignore_errors=True)
    emulator.resources.store.execute("DELETE FROM blob WHERE account = ?", (account.lower(),))


def file_of(emulator: Emulator, address: Address) -> Path:
    """Return the file of a blob's content.

    Raises:
        StorageError: 400, for a name that can't be a path.
    """
    parts = address.name.split("/")
    if any(part in ("", ".", "..") or len(part.encode()) > 255 or "\0" in part for part in parts):
        raise invalid_name()
    return container_folder(emulator, address.account, address.container).joinpath(*parts)


def local_path(emulator: Emulator, uri: str) -> Path:
    """The file, or the folder, behind the https address of a blob or of the blobs under a common path.

    Raises:
        ArmError: 404, where nothing is stored there; 400, where it is not the address of a blob.
    """
    parts = urlsplit(uri)
    account, _, service = (parts.hostname or "").partition(".")
    container, _, name = unquote(parts.path).strip("/").partition("/")
    if not service.startswith("blob.") or not _is_container(container):
        raise ArmError(400, "UserError", f"'{uri}' is not the address of a blob.")
    found = container_folder(emulator, account, container)
    found = file_of(emulator, Address(account, container, name)) if name else found
    if not found.exists():
        raise ArmError(404, "UserError", f"Nothing is stored at '{parts.scheme}://{parts.netloc}{parts.path}'.")
    return found


def get(emulator: Emulator, address: Address) -> Blob | None:
    """A blob's properties."""
    query = f"SELECT {COLUMNS} FROM blob WHERE {KEY}"  # noqa: S608 -- constants
    row = emulator.resources.store.execute(query, (address.account, address.container, address.name)).fetchone()
    return _blob(row) if row else None


def _blob(row: tuple[Any, ...]) -> Blob:
    name, size, etag, modified, content_type, md5, metadata = row
    return Blob(name, size, etag, modified, content_type, md5, json.loads(metadata))


def put(emulator: Emulator, address: Address, blob: Blob) -> None:
    """Write a blob's properties."""
    row = (address.account, address.container, blob.name, blob.size, blob.etag, blob.modified, blob.content_type)
    emulator.resources.store.execute(
        "INSERT OR REPLACE INTO blob VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, blob.md5, json.dumps(blob.metadata))
    )


def delete(emulator: Emulator, address: Address) -> None:
    """Remove a blob."""
    file_of(emulator, address).unlink(missing_ok=True)
    emulator.resources.store.execute(
        f"DELETE FROM blob WHERE {KEY}",  # noqa: S608 -- a constant
        (address.account, address.container, address.name),
    )


def listed(emulator: Emulator, folder: Address, after: str, limit: int) -> list[Blob]:
    """Blobs in order of their names: those that begin with the address's name, from `after` on."""
    query = (
        f"SELECT {COLUMNS} FROM blob WHERE account = ? AND container = ?"  # noqa: S608 -- constants
        " AND name >= ? AND name < ? ORDER BY name LIMIT ?"
    )
    names = (max(folder.name, after), f"{folder.name}\U0010ffff")
    rows = emulator.resources.store.execute(query, (folder.account, folder.container, *names, limit))
    return [_blob(row) for row in rows]
