"""Online endpoints: their names, their traffic, and what keeps one from being made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.emulator.control_plane import REGION, ControlPlane, error_of, start_control_plane

from deployments.emulator.app import Application
from deployments.emulator.faults import Fault
from deployments.emulator.services.machine_learning.online_endpoints import endpoint_access, endpoint_names

KEY = {"location": REGION, "properties": {"authMode": "Key"}}


def asked(**properties: Any) -> dict[str, Any]:
    return {"location": REGION, "properties": {"authMode": "Key", **properties}}


async def test_an_endpoint_is_made_as_recorded(plane: ControlPlane) -> None:
    """201 Creating without addresses and with two polling addresses, then Succeeded with addresses."""
    workspace = await plane.workspace()
    place = f"{workspace}/onlineEndpoints/diabetes"
    answer = await plane.ask("PUT", place, asked(publicNetworkAccess="disabled"))
    assert isinstance(answer.body, dict)
    assert (answer.status, answer.body["properties"]["provisioningState"]) == (201, "Creating")
    assert answer.body["properties"]["scoringUri"] is None
    status = await plane.get(answer.headers["Azure-AsyncOperation"])
    assert (status["status"], status["percentComplete"]) == ("Updating", 0.0)
    plane.settle()
    assert (await plane.get(answer.headers["Azure-AsyncOperation"]))["status"] == "Succeeded"
    properties = (await plane.get(place))["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert properties["scoringUri"] == f"https://diabetes.{REGION}.inference.ml.azure.com/score"
    assert properties["publicNetworkAccess"] == "Disabled"


@pytest.mark.parametrize("name", ["a", "ab", "9lives", "two--dashes", "under_score", "dash-", "x" * 33])
async def test_a_name_has_azures_form(plane: ControlPlane, name: str) -> None:
    """3 to 32 characters, a letter first, letters, digits and single dashes."""
    workspace = await plane.workspace()
    answer = await plane.ask("PUT", f"{workspace}/onlineEndpoints/{name}", KEY)
    assert error_of(answer)[:2] == (400, "BadRequest")
    assert f"'{name}' is invalid" in error_of(answer)[2]


async def test_a_name_is_unique_in_its_region(plane: ControlPlane) -> None:
    """Another workspace can't take it, whatever its case, until its deletion has ended."""
    first, second = await plane.workspace("one"), await plane.workspace("two")
    endpoint = await plane.endpoint(first, "taken")
    refused = await plane.ask("PUT", f"{second}/onlineEndpoints/Taken", KEY)
    assert "There is already an endpoint with this name" in error_of(refused)[2]
    assert (await plane.ask("DELETE", endpoint)).status == 202
    refused = await plane.ask("PUT", f"{second}/onlineEndpoints/taken", KEY)
    assert "There is already an endpoint with this name" in error_of(refused)[2]
    plane.settle()
    await plane.endpoint(second, "taken")
    found = endpoint_names.by_name(plane.emulator, REGION, "TAKEN")
    assert found
    assert found.id.startswith(second)


async def test_an_endpoint_cannot_be_made_again_while_it_is_being_deleted(plane: ControlPlane) -> None:
    """409 in its own workspace."""
    workspace = await plane.workspace()
    endpoint = await plane.endpoint(workspace)
    await plane.ask("DELETE", endpoint)
    assert error_of(await plane.ask("PUT", endpoint, KEY)) == (
        409,
        "Conflict",
        "Cannot update endpoint scores because it is in Deleting provisioning state. ",
    )


async def test_v1_legacy_mode_refuses_endpoints(plane: ControlPlane) -> None:
    """The guide's first failure: V1LegacyMode == true."""
    workspace = await plane.workspace(v1LegacyMode=True)
    answer = await plane.ask("PUT", f"{workspace}/onlineEndpoints/legacy", KEY)
    assert "V1LegacyMode == true" in error_of(answer)[2]


async def test_an_endpoint_is_in_its_workspaces_region(plane: ControlPlane) -> None:
    """Another location is refused."""
    workspace = await plane.workspace()
    answer = await plane.ask("PUT", f"{workspace}/onlineEndpoints/away", {**KEY, "location": "eastus2"})
    assert "must be that of its workspace" in error_of(answer)[2]


@pytest.mark.parametrize(
    ("rules", "mode", "refused"),
    [
        ({"bypass": "AzureServices", "defaultAction": "Deny"}, "Key", False),
        ({"bypass": "None", "defaultAction": "Allow"}, "Key", False),
        ({"bypass": "None", "defaultAction": "Deny"}, "Key", True),
        ({"bypass": "None", "defaultAction": "Deny"}, "AMLToken", False),
        ({"bypass": "None", "defaultAction": "Deny"}, "AADToken", False),
    ],
)
async def test_keys_need_a_vault_that_lets_azure_in(
    plane: ControlPlane, rules: dict[str, str], mode: str, refused: bool
) -> None:
    """The guide's second failure: the vault's firewall with bypass other than AzureServices."""
    workspace = await plane.workspace()
    vault = plane.emulator.resources.require(plane.made["keyVault"])
    vault.properties["networkAcls"] = rules
    answer = await plane.ask("PUT", f"{workspace}/onlineEndpoints/keyed", asked(authMode=mode))
    assert answer.status == (400 if refused else 201)
    if refused:
        assert "not authorized and caller is not a trusted service" in error_of(answer)[2]


@pytest.mark.parametrize(
    ("traffic", "mirrored", "refusal"),
    [
        ({}, {}, ""),
        ({"blue": 100}, {}, ""),
        ({"BLUE": 90, "green": 10}, {}, ""),
        ({"blue": 100, "green": 0}, {"green": 50}, ""),
        ({"blue": 0}, {}, ""),
        ({"blue": 90}, {}, "must sum to 0 or 100; they sum to 90"),
        ({"blue": 110, "green": -10}, {}, "between 0 and 100"),
        ({"red": 100}, {}, "do not exist in the endpoint: red"),
        ({"blue": 100}, {"green": 51}, "between 0 and 50"),
        ({"blue": 100}, {"blue": 10}, "both live and mirrored"),
        ({}, {"green": 10, "blue": 10}, "one deployment only"),
        ({"blue": 100}, {"red": 10}, "do not exist in the endpoint: red"),
    ],
)
async def test_traffic_adds_up(plane: ControlPlane, traffic: Any, mirrored: Any, refusal: str) -> None:
    """Live traffic sums to 0 or 100 over what exists; at most half is mirrored, to one without live traffic."""
    endpoint = await plane.endpoint(await plane.workspace())
    for name in ("blue", "green"):
        plane.deployment(endpoint, name)
    answer = await plane.ask("PUT", endpoint, asked(traffic=traffic, mirrorTraffic=mirrored))
    if refusal:
        assert error_of(answer)[0] == 400
        assert refusal in error_of(answer)[2]
    else:
        assert answer.status == 200, answer.body
        plane.settle()
        properties = (await plane.get(endpoint))["properties"]
        assert properties["traffic"] == {name.lower(): percent for name, percent in traffic.items()}


async def test_a_put_replaces_the_traffic_and_a_patch_keeps_it(plane: ControlPlane) -> None:
    """Loading the YAML again wipes it: the trap that clients have to carry the live map over."""
    endpoint = await plane.endpoint(await plane.workspace())
    plane.deployment(endpoint, "blue")
    await plane.put(endpoint, asked(traffic={"blue": 100}))
    assert (await plane.ask("PATCH", endpoint, {"tags": {"a": "b"}})).status == 202
    plane.settle()
    found = await plane.get(endpoint)
    assert (found["tags"], found["properties"]["traffic"]) == ({"a": "b"}, {"blue": 100})
    await plane.put(endpoint, KEY)
    assert (await plane.get(endpoint))["properties"]["traffic"] == {}


async def test_a_failed_update_changes_nothing_but_the_state(plane: ControlPlane) -> None:
    """Failed, with the reason at the operation; the traffic is what it was."""
    endpoint = await plane.endpoint(await plane.workspace())
    plane.deployment(endpoint, "blue")
    plane.emulator.faults.add(Fault("fail", operation="endpoint.update", code="InternalServerError", message="Sorry."))
    answer = await plane.ask("PUT", endpoint, asked(traffic={"blue": 100}))
    plane.settle()
    status = await plane.get(answer.headers["Azure-AsyncOperation"])
    assert (status["status"], status["error"]["code"]) == ("Failed", "InternalServerError")
    properties = (await plane.get(endpoint))["properties"]
    assert (properties["provisioningState"], properties["traffic"]) == ("Failed", {})
    await plane.put(endpoint, asked(traffic={"blue": 100}))
    assert (await plane.get(endpoint))["properties"]["provisioningState"] == "Succeeded"


async def test_the_same_put_while_it_runs_is_the_same_operation(plane: ControlPlane) -> None:
    """A client that sends it again after a reset doesn't fail; another change meets 409."""
    place = f"{await plane.workspace()}/onlineEndpoints/again"
    first = await plane.ask("PUT", place, KEY)
    again = await plane.ask("PUT", place, KEY)
    other = await plane.ask("PUT", place, {**KEY, "tags": {"a": "b"}})
    assert first.headers["Azure-AsyncOperation"] == again.headers["Azure-AsyncOperation"]
    assert error_of(other)[:2] == (409, "Conflict")


async def test_a_deletion_ends_with_204_at_its_result(plane: ControlPlane) -> None:
    """202 while it runs; the online deployments go too."""
    endpoint = await plane.endpoint(await plane.workspace())
    deployment = plane.deployment(endpoint, "blue")
    answer = await plane.ask("DELETE", endpoint)
    assert (await plane.ask("GET", answer.headers["Location"])).status == 202
    plane.settle()
    assert (await plane.ask("GET", answer.headers["Location"])).status == 204
    assert plane.emulator.resources.get(deployment) is None
    assert (await plane.ask("DELETE", endpoint)).status == 204


async def test_keys_change_one_at_a_time(plane: ControlPlane) -> None:
    """The primary key is another one afterwards, the secondary the same; the new key is in no operation."""
    endpoint = await plane.endpoint(await plane.workspace())
    before = (await plane.ask("POST", f"{endpoint}/listKeys")).body
    answer = await plane.ask("POST", f"{endpoint}/regenerateKeys", {"keyType": "Primary"})
    assert answer.status == 202
    plane.settle()
    after = (await plane.ask("POST", f"{endpoint}/listKeys")).body
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["secondaryKey"] == after["secondaryKey"]
    assert before["primaryKey"] != after["primaryKey"]
    stored = plane.emulator.resources.store.execute("SELECT document FROM operation").fetchall()
    assert not [document for (document,) in stored if after["primaryKey"] in document]


@pytest.mark.parametrize(
    ("mode", "verb", "status"),
    [("Key", "listKeys", 200), ("Key", "token", 400), ("AMLToken", "token", 200), ("AMLToken", "listKeys", 400)],
)
async def test_each_mode_has_its_own_credentials(plane: ControlPlane, mode: str, verb: str, status: int) -> None:
    """Keys for key, tokens for aml_token."""
    endpoint = await plane.endpoint(await plane.workspace(), authMode=mode)
    assert (await plane.ask("POST", f"{endpoint}/{verb}")).status == status


async def test_a_token_is_for_one_endpoint_and_for_half_a_day(plane: ControlPlane) -> None:
    """Its audience is the endpoint; it says when to get a new one."""
    endpoint = await plane.endpoint(await plane.workspace(), authMode="aml_token".replace("_", ""))
    answer = await plane.ask("POST", f"{endpoint}/token")
    assert isinstance(answer.body, dict)
    claims = plane.emulator.directory.verify(answer.body["accessToken"])
    assert claims["aud"] == endpoint_access.audience(plane.emulator.resources.require(endpoint))
    assert answer.body["expiryTimeUtc"] - int(plane.emulator.clock.now()) == 43_200
    assert answer.body["refreshAfterTimeUtc"] < answer.body["expiryTimeUtc"]


async def test_a_long_list_comes_in_pages(plane: ControlPlane) -> None:
    """Each page says where the next one is, until everything was listed once."""
    workspace = await plane.workspace()
    for number in range(7):
        await plane.endpoint(workspace, f"endpoint-{number}", authMode="AMLToken")
    address, seen, pages = f"{workspace}/onlineEndpoints?count=3", [], 0
    while address:
        found = await plane.get(address)
        seen += [endpoint["name"] for endpoint in found["value"]]
        address, pages = found.get("nextLink", ""), pages + 1
    assert (seen, pages) == ([f"endpoint-{number}" for number in range(7)], 3)
    limited = await plane.get(f"{workspace}/onlineEndpoints?count=3&$top=4&$skip=2")
    assert [endpoint["name"] for endpoint in limited["value"]] == ["endpoint-2", "endpoint-3", "endpoint-4"]
    rest = await plane.get(limited["nextLink"])
    assert [endpoint["name"] for endpoint in rest["value"]] == ["endpoint-5"]
    assert "nextLink" not in rest


async def test_what_is_in_flight_ends_after_a_restart(tmp_path: Path) -> None:
    """The next emulator ends the creation, and still knows whose the name is."""
    first = await start_control_plane(tmp_path)
    workspace = await first.workspace()
    place = f"{workspace}/onlineEndpoints/survivor"
    answer = await first.ask("PUT", place, KEY)
    await first.app.close()
    second = ControlPlane(Application(first.emulator.options, first.emulator.clock))
    second.settle()
    assert (await second.get(place))["properties"]["provisioningState"] == "Succeeded"
    assert (await second.get(answer.headers["Azure-AsyncOperation"]))["status"] == "Succeeded"
    assert endpoint_names.by_name(second.emulator, REGION, "survivor")
    await second.app.close()


async def test_traffic_goes_to_no_deployment_that_is_going(plane: ControlPlane) -> None:
    """Neither can one be deleted while the endpoint's traffic changes, nor get traffic while it is deleted."""
    endpoint = await plane.endpoint(await plane.workspace())
    for name in ("blue", "green"):
        plane.deployment(endpoint, name)
    assert (await plane.ask("DELETE", f"{endpoint}/deployments/green")).status == 202
    refused = await plane.ask("PUT", endpoint, asked(traffic={"green": 100}))
    assert "do not exist in the endpoint: green" in error_of(refused)[2]
    assert (await plane.ask("PUT", endpoint, asked(traffic={"blue": 100}))).status == 200
    assert error_of(await plane.ask("DELETE", f"{endpoint}/deployments/blue"))[:2] == (409, "Conflict")


async def test_a_missing_endpoint_is_missing_in_the_resource_managers_words(plane: ControlPlane) -> None:
    """Types and names take turns, as ARM writes the address of a nested resource."""
    answer = await plane.ask("GET", f"{await plane.workspace()}/onlineEndpoints/none")
    assert error_of(answer)[:2] == (404, "ResourceNotFound")
    assert "'Microsoft.MachineLearningServices/workspaces/ws/onlineEndpoints/none' under" in error_of(answer)[2]
