"""The blob service as Azure's own SDK sees it, over the wire."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient
from support.emulator.control_plane import ControlPlane
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.emulator.storage_accounts import give_role

from deployments.emulator.services.storage import blobs
from deployments.emulator.services.storage.refusals import StorageError

CONTRIBUTOR = "Storage Blob Data Contributor"
GROUP, ACCOUNT = "blob-tests", "blobtests"
MIB = 1 << 20


@pytest.fixture(scope="module")
def container(emulator_process: RunningEmulator) -> ContainerClient:
    """A container of an account that was made through the management plane."""
    token = DefaultAzureCredential().get_token("https://management.azure.com/.default").token
    group = f"https://management.azure.com/subscriptions/{emulator_process.subscription}/resourceGroups/{GROUP}"
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
    headers = {"Authorization": f"Bearer {token}"}
    body = {"location": "westeurope"}
    requests.put(f"{group}?api-version=2021-04-01", json=body, headers=headers, timeout=10).raise_for_status()
    body |= {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}
    requests.put(f"{account}?api-version=2023-01-01", json=body, headers=headers, timeout=10).raise_for_status()
    emulator_process.advance(1)
    give_role(Management(emulator_process), account.removeprefix("https://management.azure.com"), CONTRIBUTOR)
    client = ContainerClient(
        f"https://{ACCOUNT}.blob.core.windows.net", "files", DefaultAzureCredential(), retry_total=0
    )
    client.create_container()
    return client


def test_what_was_uploaded_comes_back(container: ContainerClient) -> None:
    """With its metadata, its type and its digest; a part of it too."""
    blob = container.get_blob_client("a folder/ü.txt")
    blob.upload_blob(b"0123456789", metadata={"upload_status": "completed"})
    assert blob.download_blob().readall() == b"0123456789"
    assert blob.download_blob(offset=2, length=3).readall() == b"234"
    properties = blob.get_blob_properties()
    assert (properties.size, properties.metadata) == (10, {"upload_status": "completed"})
    blob.set_blob_metadata({"name": "n", "version": "1"})
    assert blob.get_blob_properties().metadata == {"name": "n", "version": "1"}


def test_a_blob_is_only_replaced_on_purpose(container: ContainerClient) -> None:
    """If-None-Match: * meets BlobAlreadyExists; overwriting is asked for."""
    blob = container.get_blob_client("once.txt")
    blob.upload_blob(b"first")
    with pytest.raises(ResourceExistsError) as refusal:
        blob.upload_blob(b"second")
    assert refusal.value.error_code == "BlobAlreadyExists"
    blob.upload_blob(b"third", overwrite=True)
    assert blob.download_blob().readall() == b"third"


def test_many_uploads_of_one_blob_leave_one_whole(container: ContainerClient) -> None:
    """Whichever comes last, content and length belong together; of those that must be the first, one is."""
    contents = [bytes([letter]) * (100_000 + letter) for letter in range(12)]

    def upload(content: bytes, *, overwrite: bool) -> bool:
        try:
            container.upload_blob(f"contended-{overwrite}", content, overwrite=overwrite)
        except ResourceExistsError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(partial(upload, overwrite=True), contents))
        assert sum(pool.map(partial(upload, overwrite=False), contents)) == 1
    assert container.download_blob("contended-True").readall() in contents


def test_an_empty_blob_is_a_blob(container: ContainerClient) -> None:
    """Without a byte, it still exists."""
    container.upload_blob("empty", b"")
    assert container.download_blob("empty").readall() == b""


def test_a_missing_blob_says_so(container: ContainerClient) -> None:
    """404 with BlobNotFound, also to HEAD, which has no body."""
    with pytest.raises(ResourceNotFoundError) as refusal:
        container.get_blob_client("nothing").get_blob_properties()
    assert refusal.value.error_code == "BlobNotFound"
    assert not container.get_blob_client("nothing").exists()


def test_a_missing_container_says_so(container: ContainerClient) -> None:
    """404 with ContainerNotFound."""
    other = ContainerClient(
        container.primary_endpoint.rsplit("/", 1)[0], "none", DefaultAzureCredential(), retry_total=0
    )
    with pytest.raises(ResourceNotFoundError) as refusal:
        other.upload_blob("a", b"b")
    assert refusal.value.error_code == "ContainerNotFound"


def test_blobs_are_listed_in_order_by_prefix_and_by_page(container: ContainerClient) -> None:
    """All names once, whatever the page size; folders as prefixes."""
    for number in range(5):
        container.upload_blob(f"list/{number}/x.txt", b"x")
    pages = container.list_blobs(name_starts_with="list/", results_per_page=2).by_page()
    names = [[blob.name for blob in page] for page in pages]
    assert names == [["list/0/x.txt", "list/1/x.txt"], ["list/2/x.txt", "list/3/x.txt"], ["list/4/x.txt"]]
    assert [folder.name for folder in container.walk_blobs("list/")] == [f"list/{number}/" for number in range(5)]


def test_a_deleted_blob_is_gone(container: ContainerClient) -> None:
    """It can't be read, and its name is free."""
    container.upload_blob("short-lived", b"x")
    container.delete_blob("short-lived")
    assert not container.get_blob_client("short-lived").exists()
    container.upload_blob("short-lived", b"y")


@pytest.mark.parametrize("name", ["../outside", "a/../../b", "./here", "a//b", "a/", "x" * 300])
async def test_a_name_cannot_leave_its_container(plane: ControlPlane, name: str) -> None:
    """What is no plain path is refused, however it gets past the client."""
    with pytest.raises(StorageError) as refusal:
        blobs.file_of(plane.emulator, blobs.Address("account", "container", name))
    assert (refusal.value.status, refusal.value.code) == (400, "InvalidResourceName")


def test_a_name_is_a_file_or_a_folder(container: ContainerClient) -> None:
    """409 where the emulator can't keep both; Azure could."""
    container.upload_blob("either", b"x")
    with pytest.raises(HttpResponseError) as refusal:
        container.upload_blob("either/or", b"x")
    assert (refusal.value.status_code, refusal.value.error_code) == (409, "PathConflict")


def memory(emulator: RunningEmulator, name: str) -> int:
    """A line of the process's status, in bytes: VmRSS is what it holds, VmHWM the most that it ever held."""
    lines = Path(f"/proc/{emulator.pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(name))


@pytest.mark.parametrize("size", [64 * MIB, 70 * MIB], ids=["one request", "blocks"])
def test_a_large_file_is_kept_whole_in_little_memory(
    container: ContainerClient, emulator: RunningEmulator, tmp_path: Path, size: int
) -> None:
    """Below and above the size from which the SDK sends blocks, an upload costs far less memory than it is long."""
    file = tmp_path / "large.bin"
    file.write_bytes(os.urandom(size))
    Path(f"/proc/{emulator.pid}/clear_refs").write_text("5")  # begins VmHWM anew
    before = memory(emulator, "VmRSS")
    with file.open("rb") as content:
        container.upload_blob(f"large-{size}", content, overwrite=True)
    kept = emulator.state_dir / "blobs" / ACCOUNT / "files" / f"large-{size}"
    assert kept.read_bytes() == file.read_bytes()
    assert memory(emulator, "VmHWM") - before < size / 2


def test_an_unknown_request_says_that_it_is_not_served(container: ContainerClient) -> None:
    """501, never an empty answer."""
    with pytest.raises(HttpResponseError) as refusal:
        container.get_blob_client("once.txt").get_blob_tags()
    assert (refusal.value.status_code, refusal.value.error_code) == (501, "NotImplementedByEmulator")


@pytest.mark.parametrize(
    "name", ["..", ".", "%2e%2e", "a", "A-container", "double--hyphen", "-a-", "a" * 64, "a_b", "a%00b"]
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET"])
def test_a_container_has_a_name_that_azure_allows(container: ContainerClient, name: str, method: str) -> None:
    """No other name is a folder's, so nothing outside of the account is read, made or removed."""
    container.get_blob_client("kept.txt").upload_blob(b"kept", overwrite=True)
    token = DefaultAzureCredential().get_token("https://storage.azure.com/.default").token
    headers = {"Authorization": f"Bearer {token}", "x-ms-version": "2023-11-03"}
    request = requests.Request(method, "https://x", headers=headers).prepare()
    request.url = f"https://{ACCOUNT}.blob.core.windows.net/{name}?restype=container"
    with requests.Session() as session:
        settings = session.merge_environment_settings(request.url, {}, None, None, None)
        answer = session.send(request, timeout=10, **settings)
    assert answer.status_code in {400, 404}
    if "%" in name:  # the others may be resolved before they are sent
        assert answer.headers["x-ms-error-code"] == "InvalidResourceName"
    assert container.get_blob_client("kept.txt").download_blob().readall() == b"kept"
