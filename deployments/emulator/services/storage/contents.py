"""The contents of blobs while they are written: to a draft first, then moved to their place in one step."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from deployments.emulator.core import Emulator
from deployments.emulator.services.storage.blobs import Address, file_of, staging_folder
from deployments.emulator.services.storage.refusals import StorageError


def draft(emulator: Emulator, content: bytes | Path) -> Path:
    """Write a whole content to a draft; a file is moved there."""
    found = _new_draft(emulator)
    if isinstance(content, Path):
        content.replace(found)
    else:
        found.write_bytes(content)
    return found


def _new_draft(emulator: Emulator) -> Path:
    folder = staging_folder(emulator)
    folder.mkdir(exist_ok=True)
    return folder / f"{uuid.uuid4().hex}.draft"


def place(emulator: Emulator, address: Address, content: Path) -> int:
    """Move a draft to its place; returns its size in bytes.

    Raises:
        StorageError: 409, where one blob's name is a folder in another's: files can't be both.
    """
    try:
        file = file_of(emulator, address)
        file.parent.mkdir(parents=True, exist_ok=True)
        content.replace(file)
        return file.stat().st_size
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise StorageError(409, "PathConflict", "A blob's name is also a folder of other blobs.") from error
    finally:
        content.unlink(missing_ok=True)


def stage(emulator: Emulator, address: Address, block: str, content: bytes | Path) -> None:
    """Keep one block until the list comes that names it."""
    file = _block_file(emulator, address, block)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft(emulator, content).replace(file)


def joined(emulator: Emulator, address: Address, blocks: Iterable[str]) -> Path:
    """A draft of the staged blocks, which are forgotten.

    Raises:
        StorageError: 400 InvalidBlockList, where a block was never staged.
    """
    files = [_block_file(emulator, address, block) for block in blocks]
    if not all(file.is_file() for file in files):
        raise StorageError(400, "InvalidBlockList", "The specified block list is invalid.")
    found = _new_draft(emulator)
    with found.open("wb") as out:
        for file in files:
            with file.open("rb") as part:
                shutil.copyfileobj(part, out, 1 << 20)
    shutil.rmtree(_block_folder(emulator, address), ignore_errors=True)
    return found


def _block_folder(emulator: Emulator, address: Address) -> Path:
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{address.container}/{address.name}").hex
    return staging_folder(emulator) / address.account / identity


def _block_file(emulator: Emulator, address: Address, block: str) -> Path:
    return _block_folder(emulator, address) / block.encode().hex()
