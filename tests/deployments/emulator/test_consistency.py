"""Reads lag behind writes, and one change at a time is carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.emulator.control_plane import REGION, STORAGE, ControlPlane, error_of, start_control_plane

from deployments.emulator.http.consistency import READS
from deployments.emulator.services.resources.api_versions import VERSIONS
from deployments.emulator.services.resources.providers import PROVIDERS


@pytest.fixture
async def plane(tmp_path: Path) -> ControlPlane:
    return await start_control_plane(tmp_path)


async def begun(plane: ControlPlane, workspace: str, name: str = "scores") -> str:
    """An endpoint that is being created."""
    place = f"{workspace}/onlineEndpoints/{name}"
    answer = await plane.ask("PUT", place, {"location": REGION, "properties": {"authMode": "Key"}})
    assert answer.status == 201
    return place


async def names(plane: ControlPlane, collection: str) -> list[str]:
    return [one["name"] for one in (await plane.get(collection))["value"]]


async def test_what_is_being_created_is_not_shown_at_once(plane: ControlPlane) -> None:
    """Two reads say 404 and lists are old, however the id is spelt; then it is Creating, and in the list."""
    place = await begun(plane, await plane.workspace())
    for spelt in (place, place.upper())[:READS]:
        assert error_of(await plane.ask("GET", spelt))[:2] == (404, "ResourceNotFound")
    assert (await plane.get(place))["properties"]["provisioningState"] == "Creating"
    assert await names(plane, place.rsplit("/", 1)[0]) == []
    await plane.shown(place)
    assert await names(plane, place.rsplit("/", 1)[0]) == ["scores"]


async def test_the_lag_ends_with_the_creation(plane: ControlPlane) -> None:
    """What has ended is shown: the SDKs read it then, and don't ask twice."""
    place = await begun(plane, await plane.workspace())
    await plane.emulator.operations.expedite(place)
    assert (await plane.get(place))["properties"]["provisioningState"] == "Succeeded"
    assert await names(plane, place.rsplit("/", 1)[0]) == ["scores"]


async def test_what_is_created_at_once_is_shown_at_once(plane: ControlPlane) -> None:
    """Such as a diagnostic setting; and an update hides nothing."""
    endpoint = await plane.endpoint(await plane.workspace())
    answer = await plane.ask("PUT", endpoint, {"location": REGION, "properties": {"authMode": "AMLToken"}})
    assert answer.status == 200
    assert (await plane.get(endpoint))["properties"]["provisioningState"] == "Updating"


async def test_an_operations_address_is_there_at_once(plane: ControlPlane) -> None:
    """The SDKs ask it immediately, and end on a 404."""
    workspace = await plane.workspace()
    wanted: dict[str, Any] = {"location": REGION, "properties": {"authMode": "Key"}}
    answer = await plane.ask("PUT", f"{workspace}/onlineEndpoints/scores", wanted)
    assert (await plane.ask("GET", answer.headers["Azure-AsyncOperation"])).status == 200


async def test_a_second_change_is_refused_while_one_runs(plane: ControlPlane) -> None:
    """The same request again joins the operation."""
    account = f"{plane.group}/providers/Microsoft.Storage/storageAccounts/busystorage?api-version=2023-01-01"
    wanted = {"location": REGION, **STORAGE}
    assert [(await plane.ask("PUT", account, wanted)).status for _ in range(2)] == [202, 200]
    other = await plane.ask("PUT", account, {**wanted, "tags": {"a": "b"}})
    assert error_of(other)[:2] == (409, "StorageAccountOperationInProgress")
    plane.settle()
    assert (await plane.ask("PUT", account, {**wanted, "tags": {"a": "b"}})).status == 200


@pytest.mark.parametrize(
    ("path", "refusal", "words"),
    [
        (
            "/providers/Microsoft.MachineLearningServices/workspaces/ws",
            (400, "NoRegisteredProviderFound"),
            f"for location '{REGION}' and API version '2099-01-01' for type 'workspaces'. The supported api-versions",
        ),
        (
            "/providers/Microsoft.Authorization/roleAssignments",
            (404, "InvalidResourceType"),
            "The resource type 'roleAssignments' could not be found in the namespace 'Microsoft.Authorization'",
        ),
        (
            "",
            (400, "InvalidApiVersionParameter"),
            "The api-version '2099-01-01' is invalid. The supported versions are",
        ),
    ],
)
async def test_an_unknown_api_version_is_refused(
    plane: ControlPlane, path: str, refusal: tuple[int, str], words: str
) -> None:
    """Azure's code differs by what the path leads to; its sentence lists what it takes."""
    await plane.workspace()
    status, code, message = error_of(await plane.ask("GET", f"{plane.group}{path}?api-version=2099-01-01"))
    assert (status, code) == refusal
    assert words in message


def test_the_versions_that_providers_list_are_taken() -> None:
    """Clients such as az choose from these lists."""
    for namespace, kinds in PROVIDERS.items():
        for versions in kinds.values():
            assert set(versions) <= set(VERSIONS[namespace.lower()].split())
