"""Shared access signatures: Azure's own SDK makes them, the blob service checks them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from azure.storage.blob import BlobSasPermissions, ContainerSasPermissions, generate_blob_sas, generate_container_sas
from support.emulator.control_plane import ControlPlane, start_control_plane

from deployments.emulator.services.storage import accounts, blobs, contents, sas

ACCOUNT = "rulesstorage"
BLOB = f"https://{ACCOUNT}.blob.core.windows.net/files/a/b.txt"
NOW = datetime.fromtimestamp(1_800_000_000, UTC)


@pytest_asyncio.fixture(loop_scope="function")
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    """An emulator with a storage account that holds one blob."""
    plane = await start_control_plane(tmp_path)
    blobs.create_container(plane.emulator, ACCOUNT, "files")
    address = blobs.Address(ACCOUNT, "files", "a/b.txt")
    contents.place(plane.emulator, address, contents.draft(plane.emulator, b"content"))
    blobs.put(plane.emulator, address, blobs.Blob("a/b.txt", 7, '"0x1"', 1_800_000_000.0))
    yield plane
    await plane.app.close()


def key(plane: ControlPlane, number: int = 0) -> str:
    return accounts.keys_of(plane.emulator, ACCOUNT)[number]


async def ask(plane: ControlPlane, method: str, token: str, address: str = BLOB) -> tuple[int, str]:
    """The status, and the error code where there is one."""
    answer = await plane.ask(method, f"{address}?{token}", authorization="")
    return answer.status, answer.headers.get("x-ms-error-code", "")


@pytest.mark.parametrize("number", [0, 1])
async def test_the_sdks_signatures_are_accepted(plane: ControlPlane, number: int) -> None:
    """With either key, for a container and for a blob."""
    end = NOW + timedelta(hours=1)
    reads = ContainerSasPermissions(read=True)
    whole = generate_container_sas(ACCOUNT, "files", key(plane, number), permission=reads, expiry=end)
    one = generate_blob_sas(
        ACCOUNT,
        "files",
        "a/b.txt",
        account_key=key(plane, number),
        permission=BlobSasPermissions(read=True),
        expiry=end,
    )
    assert await ask(plane, "GET", whole) == (200, "")
    assert await ask(plane, "HEAD", one) == (200, "")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({}, 200, ""),
        ({"sig": "d3Jvbmc="}, 403, "AuthenticationFailed"),
        ({"sp": "rwdl"}, 403, "AuthenticationFailed"),
        ({"se": "2099-01-01T00:00:00Z"}, 403, "AuthenticationFailed"),
        ({"se": "tomorrow"}, 403, "AuthenticationFailed"),
        ({"sr": "q"}, 403, "AuthenticationFailed"),
        ({"sv": "2015-04-05"}, 403, "AuthenticationFailed"),
    ],
)
async def test_a_changed_signature_is_worth_nothing(
    plane: ControlPlane, change: dict[str, str], status: int, code: str
) -> None:
    """Whatever is signed can't be changed."""
    query = dict(parse_qsl(sas.container_token(plane.emulator, ACCOUNT, "files", "r", 60))) | change
    token = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in query.items())
    assert await ask(plane, "GET", token) == (status, code)


async def test_a_signature_ends(plane: ControlPlane) -> None:
    """403 AuthenticationFailed, with the times in the detail."""
    token = sas.container_token(plane.emulator, ACCOUNT, "files", "r", 60)
    assert await ask(plane, "GET", token) == (200, "")
    plane.emulator.clock.advance(61)
    answer = await plane.ask("GET", f"{BLOB}?{token}", authorization="")
    assert (answer.status, answer.headers["x-ms-error-code"]) == (403, "AuthenticationFailed")
    assert "Signature not valid in the specified time frame" in str(answer.body)


@pytest.mark.parametrize(
    ("method", "permissions", "status", "code"),
    [
        ("PUT", "r", 403, "AuthorizationPermissionMismatch"),
        ("DELETE", "rw", 403, "AuthorizationPermissionMismatch"),
        ("DELETE", "d", 202, ""),
    ],
)
async def test_a_signature_allows_what_it_says(
    plane: ControlPlane, method: str, permissions: str, status: int, code: str
) -> None:
    """Reading doesn't include writing, writing doesn't include deleting."""
    token = sas.container_token(plane.emulator, ACCOUNT, "files", permissions, 60)
    assert await ask(plane, method, token) == (status, code)


async def test_a_signature_is_for_one_container(plane: ControlPlane) -> None:
    """Another container of the same account stays closed."""
    blobs.create_container(plane.emulator, ACCOUNT, "others")
    token = sas.container_token(plane.emulator, ACCOUNT, "others", "r", 60)
    assert await ask(plane, "GET", token) == (403, "AuthenticationFailed")


async def test_without_any_credential_nothing_is_shown(plane: ControlPlane) -> None:
    """403, as for a wrong signature."""
    assert await ask(plane, "GET", "x=y") == (403, "AuthenticationFailed")


async def test_an_account_that_is_gone_has_no_blobs(plane: ControlPlane) -> None:
    """The contents go with the account."""
    token = sas.container_token(plane.emulator, ACCOUNT, "files", "r", 60)
    plane.emulator.removal.remove(plane.made["storageAccount"])
    assert await ask(plane, "GET", token) == (404, "ResourceNotFound")
    assert not blobs.container_folder(plane.emulator, ACCOUNT, "files").exists()
