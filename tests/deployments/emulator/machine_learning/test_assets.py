"""Codes, models, environments and data: versions, containers, and where their files lie."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.emulator.control_plane import ControlPlane, error_of

from deployments.emulator.errors import ArmError
from deployments.emulator.services.machine_learning.assets.kinds import files_of
from deployments.emulator.services.storage import blobs, contents

PLACE = "https://rulesstorage.blob.core.windows.net/some-container"


def code(content: str, uri: str = f"{PLACE}/code") -> dict[str, Any]:
    hashes = {"hash_sha256": content, "hash_version": 202208}
    return {"properties": {"codeUri": uri, "isAnonymous": True, "properties": hashes}}


async def test_a_code_is_found_by_its_content_under_any_name(plane: ControlPlane) -> None:
    """So nothing is uploaded twice; another content is not found (form: the recordings)."""
    workspace = await plane.workspace()
    await plane.put(f"{workspace}/codes/first/versions/2", code("abc"))
    query = "hashVersion=202208&hash"
    found = (await plane.get(f"{workspace}/codes/other/versions?{query}=abc"))["value"]
    assert [version["id"] for version in found] == [f"{workspace}/codes/first/versions/2"]
    assert found[0]["properties"]["properties"] == {"hash_sha256": "abc", "hash_version": "202208"}
    assert (await plane.get(f"{workspace}/codes/other/versions?{query}=xyz"))["value"] == []


async def test_the_files_of_a_version_stay_where_they_are(plane: ControlPlane) -> None:
    """The same body again is fine, another address is refused in Azure's words."""
    place = f"{await plane.workspace()}/codes/c/versions/1"
    assert (await plane.ask("PUT", place, code("abc"))).status == 201
    assert (await plane.ask("PUT", place, code("abc"))).status == 200
    refused = await plane.ask("PUT", place, code("abc", f"{PLACE}/elsewhere"))
    assert error_of(refused) == (400, "UserError", "Asset paths cannot be updated. ")


async def test_versions_are_numbered_by_their_container(plane: ControlPlane) -> None:
    """The container comes with the first version, and says the latest and the next."""
    workspace = await plane.workspace()
    assert error_of(await plane.ask("GET", f"{workspace}/models/m"))[:2] == (404, "UserError")
    for number in ("1", "7", "3"):
        await plane.put(f"{workspace}/models/m/versions/{number}", {"properties": {"modelUri": f"{PLACE}/m"}})
    container = (await plane.get(f"{workspace}/models/m"))["properties"]
    assert (container["latestVersion"], container["nextVersion"]) == ("3", "8")
    latest = await plane.get(f"{workspace}/models/m/versions?$orderBy=createdtime desc&$top=1")
    assert [version["name"] for version in latest["value"]] == ["3"]
    oldest = await plane.get(f"{workspace}/models/m/versions?$orderBy=createdtime asc")
    assert [version["name"] for version in oldest["value"]] == ["1", "7", "3"]


async def test_archived_versions_are_out_of_sight(plane: ControlPlane) -> None:
    """Unless one asks for them."""
    workspace = await plane.workspace()
    for number, archived in (("1", True), ("2", False)):
        body = {"properties": {"modelUri": f"{PLACE}/m", "isArchived": archived}}
        await plane.put(f"{workspace}/models/m/versions/{number}", body)
    shown = {}
    for view in ("ActiveOnly", "ArchivedOnly", "All"):
        found = await plane.get(f"{workspace}/models/m/versions?listViewType={view}&$orderBy=createdtime asc")
        shown[view] = [version["name"] for version in found["value"]]
    assert shown == {"ActiveOnly": ["2"], "ArchivedOnly": ["1"], "All": ["1", "2"]}


async def test_a_conda_file_is_kept_as_json(plane: ControlPlane) -> None:
    """As recorded; what is not valid YAML is refused."""
    place = f"{await plane.workspace()}/environments/e/versions/1"
    conda = "channels:\n- conda-forge\ndependencies:\n- python=3.11\n"
    await plane.put(place, {"properties": {"image": "base", "condaFile": conda}})
    kept = (await plane.get(place))["properties"]["condaFile"]
    assert json.loads(kept) == {"channels": ["conda-forge"], "dependencies": ["python=3.11"]}
    refused = await plane.ask("PUT", place, {"properties": {"image": "base", "condaFile": "a: [b"}})
    assert "is not valid YAML" in error_of(refused)[2]


async def test_a_model_always_has_flavors(plane: ControlPlane) -> None:
    """An empty object, never null: the SDK fails on null."""
    place = f"{await plane.workspace()}/models/m/versions/1"
    await plane.put(place, {"properties": {"modelUri": f"{PLACE}/m"}})
    assert (await plane.get(place))["properties"]["flavors"] == {}


@pytest.mark.parametrize(
    "uri",
    [
        "azureml://subscriptions/{s}/resourcegroups/rules/workspaces/ws/datastores/workspaceblobstore/paths/LocalUpload/m",
        "https://rulesstorage.blob.core.windows.net:443/{container}/LocalUpload/m",
    ],
)
async def test_files_are_found_by_either_address(plane: ControlPlane, uri: str) -> None:
    """The datastore's address and the blob's lead to the same folder."""
    workspace = await plane.workspace()
    store = (await plane.get(f"{workspace}/datastores/workspaceblobstore"))["properties"]
    address = blobs.Address("rulesstorage", store["containerName"], "LocalUpload/m/model.json")
    contents.place(plane.emulator, address, contents.draft(plane.emulator, b"{}"))
    filled = uri.format(s=plane.group.split("/")[2], container=store["containerName"])
    version = await plane.put(f"{workspace}/models/m/versions/1", {"properties": {"modelUri": filled}})
    for asked in (version, filled):
        assert [file.name for file in files_of(plane.emulator, asked).iterdir()] == ["model.json"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("{workspace}/models/none/versions/1", 404),
        ("{workspace}/environments/e/versions/1", 404),
        ("https://rulesstorage.blob.core.windows.net/none/at-all", 404),
        ("https://example.org/model", 400),
        ("azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/p", 404),
        ("azureml://registries/azureml/models/m/versions/1", 400),
    ],
)
async def test_files_that_are_not_there_are_missed(plane: ControlPlane, asked: str, status: int) -> None:
    """404 for what is gone, 400 for an address that leads to no blob."""
    workspace = await plane.workspace()
    with pytest.raises(ArmError) as refusal:
        files_of(plane.emulator, asked.format(workspace=workspace))
    assert refusal.value.status == status


async def test_each_upload_gets_a_place_of_its_own(plane: ControlPlane) -> None:
    """A new container, and a signature for it alone."""
    workspace = await plane.workspace()
    wanted = {"pendingUploadType": "TemporaryBlobReference"}
    answers = [await plane.ask("POST", f"{workspace}/codes/c/versions/1/startPendingUpload", wanted) for _ in range(2)]
    places = [answer.body["blobReferenceForConsumption"] for answer in answers if isinstance(answer.body, dict)]
    assert places[0]["blobUri"] != places[1]["blobUri"]
    assert all(place["credential"]["credentialType"] == "SAS" for place in places)
    assert all("sr=c&sp=rcwl" in place["credential"]["sasUri"] for place in places)


async def test_a_data_container_says_what_its_versions_are(plane: ControlPlane) -> None:
    """The type of data belongs to the name."""
    workspace = await plane.workspace()
    body = {"properties": {"dataUri": f"{PLACE}/d", "dataType": "uri_file"}}
    await plane.put(f"{workspace}/data/d/versions/1", body)
    assert (await plane.get(f"{workspace}/data/d"))["properties"]["dataType"] == "uri_file"


async def test_a_models_stage_is_kept(plane: ControlPlane) -> None:
    """As the client has set it."""
    place = f"{await plane.workspace()}/models/m/versions/1"
    await plane.put(place, {"properties": {"modelUri": f"{PLACE}/model", "stage": "Production"}})
    assert (await plane.get(place))["properties"]["stage"] == "Production"
