"""Workspaces: what Azure adds, what it refuses, and what goes with them."""

from __future__ import annotations

from typing import Any

import pytest
from support.emulator.control_plane import REGION, ControlPlane, error_of

from deployments.emulator.faults import Fault
from deployments.emulator.services.machine_learning import quota
from deployments.emulator.services.storage import accounts


async def test_a_new_workspace_has_what_azure_adds(plane: ControlPlane) -> None:
    """Its guid, its creation time, its addresses and its identity."""
    workspace = await plane.get(await plane.workspace())
    properties = workspace["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert properties["creationTime"].startswith("2027-01-15T08:")
    assert properties["mlFlowTrackingUri"] == f"azureml://{REGION}.api.azureml.ms/mlflow/v1.0{workspace['id']}"
    assert (properties["v1LegacyMode"], properties["publicNetworkAccess"]) == (False, "Enabled")
    assert workspace["identity"]["principalId"]
    assert len(properties["workspaceId"]) == 36


async def test_a_workspace_is_in_flight_until_its_operation_ends(plane: ControlPlane) -> None:
    """202 with two addresses; Creating, then Succeeded; the result is the workspace."""
    place = f"{plane.group}/providers/Microsoft.MachineLearningServices/workspaces/slow"
    answer = await plane.ask("PUT", place, {"location": REGION, "properties": plane.made})
    assert answer.status == 202
    assert (await plane.shown(place))["properties"]["provisioningState"] == "Creating"
    assert await plane.get(answer.headers["Azure-AsyncOperation"]) == {"status": "InProgress"}
    plane.settle()
    assert (await plane.get(answer.headers["Location"]))["name"] == "slow"
    assert (await plane.get(place))["properties"]["provisioningState"] == "Succeeded"


async def test_the_same_put_again_changes_nothing(plane: ControlPlane) -> None:
    """Guid, identity and creation time stay."""
    first = await plane.get(await plane.workspace())
    second = await plane.get(await plane.workspace())
    for one in (first, second):
        one.pop("systemData")
    assert first == second


async def test_the_sdks_words_for_truth_values_are_understood(plane: ControlPlane) -> None:
    """Its template writes "true" and "false", and null for what isn't there."""
    workspace = await plane.workspace(
        hbiWorkspace="true", v1LegacyMode="false", containerRegistry=None, imageBuildCompute=""
    )
    properties = (await plane.get(workspace))["properties"]
    assert (properties["hbiWorkspace"], properties["v1LegacyMode"]) == (True, False)
    assert "containerRegistry" not in properties


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"keyVault": None}, "Missing dependent resources in workspace json."),
        ({"storageAccount": None}, "Missing dependent resources in workspace json."),
        ({"keyVault": "/subscriptions/elsewhere/resourceGroups/g"}, "must be in the same subscription"),
        ({"containerRegistry": "{group}/providers/Microsoft.ContainerRegistry/registries/none"}, "could not be found"),
        ({"managedNetwork": {"isolationMode": "Some"}}, "is not an isolation mode"),
    ],
)
async def test_a_workspace_needs_its_parts(plane: ControlPlane, wanted: dict[str, Any], refusal: str) -> None:
    """Its parts exist, in its subscription; a refused workspace leaves nothing behind."""
    place = f"{plane.group}/providers/Microsoft.MachineLearningServices/workspaces/refused"
    filled = {
        name: value.format(group=plane.group) if isinstance(value, str) else value for name, value in wanted.items()
    }
    answer = await plane.ask("PUT", place, {"location": REGION, "properties": {**plane.made, **filled}})
    assert error_of(answer)[0] == 400
    assert refusal in error_of(answer)[2]
    assert (await plane.ask("GET", place)).status == 404


async def test_a_workspace_stays_in_its_region(plane: ControlPlane) -> None:
    """409 InvalidResourceLocation, as the resource manager says it."""
    workspace = await plane.workspace()
    answer = await plane.ask("PUT", workspace, {"location": "eastus2", "properties": plane.made})
    assert error_of(answer)[:2] == (409, "InvalidResourceLocation")


async def test_an_update_merges_and_says_so_while_it_runs(plane: ControlPlane) -> None:
    """Tags are replaced, properties merged; Updating until done."""
    workspace = await plane.workspace(description="kept")
    answer = await plane.ask("PATCH", workspace, {"tags": {"a": "b"}, "properties": {"friendlyName": "new"}})
    assert answer.status == 202
    assert (await plane.get(workspace))["properties"]["provisioningState"] == "Updating"
    plane.settle()
    found = await plane.get(workspace)
    assert found["tags"] == {"a": "b"}
    assert (found["properties"]["description"], found["properties"]["friendlyName"]) == ("kept", "new")


async def test_deleting_a_workspace_takes_everything_in_it(plane: ControlPlane) -> None:
    """Endpoints, their names, online deployments, datastores; the storage account stays."""
    workspace = await plane.workspace()
    plane.deployment(await plane.endpoint(workspace, "goes-too"), "blue")
    assert (await plane.ask("DELETE", f"{workspace}?forceToPurge=true")).status == 202
    assert (await plane.get(workspace))["properties"]["provisioningState"] == "Deleting"
    plane.settle()
    assert (await plane.ask("GET", workspace)).status == 404
    assert [found.id for found in plane.emulator.resources if "goes-too" in found.id] == []
    assert accounts.known_keys(plane.emulator, "rulesstorage")
    assert (await plane.ask("DELETE", workspace)).status == 204


async def test_workspaces_are_listed_by_group_and_by_subscription(plane: ControlPlane) -> None:
    """Both lists have both."""
    for name in ("one", "two"):
        await plane.workspace(name)
    subscription = "/".join(plane.group.split("/")[:3])
    for scope in (plane.group, subscription):
        found = await plane.get(f"{scope}/providers/Microsoft.MachineLearningServices/workspaces")
        assert [workspace["name"] for workspace in found["value"]] == ["one", "two"]


async def test_a_failed_creation_shows_on_the_workspace(plane: ControlPlane) -> None:
    """Failed, with the reason at the operation; the next PUT repairs it."""
    plane.emulator.faults.add(Fault("fail", operation="workspace.create", code="InternalServerError", message="Sorry."))
    workspace = await plane.workspace()
    assert (await plane.get(workspace))["properties"]["provisioningState"] == "Failed"
    await plane.workspace()
    assert (await plane.get(workspace))["properties"]["provisioningState"] == "Succeeded"


async def test_a_diagnosis_names_what_is_gone(plane: ControlPlane) -> None:
    """An error and a warning for a key vault that was deleted (form: the recordings)."""
    workspace = await plane.workspace()
    plane.emulator.removal.remove(plane.made["keyVault"])
    answer = await plane.ask("POST", f"{workspace}/diagnose", {"value": {}})
    assert "Azure-AsyncOperation" not in answer.headers
    plane.settle()
    found = (await plane.get(answer.headers["Location"]))["value"]
    assert [entry["code"] for entry in found["keyVaultResults"]] == [
        "DependencyResourceNotExist",
        "UnableToCheckDependencyResource",
    ]
    assert found["storageAccountResults"] == []


async def test_every_workspace_begins_with_four_datastores(plane: ControlPlane) -> None:
    """The default one is a blob container of the workspace's own; its secret is a signature."""
    workspace = await plane.workspace()
    found = {store["name"]: store["properties"] for store in (await plane.get(f"{workspace}/datastores"))["value"]}
    assert list(found) == [
        "workspaceblobstore",
        "workspaceartifactstore",
        "workspacefilestore",
        "workspaceworkingdirectory",
    ]
    guid = (await plane.get(workspace))["properties"]["workspaceId"]
    assert found["workspaceblobstore"]["containerName"] == f"azureml-blobstore-{guid}"
    answer = await plane.ask("POST", f"{workspace}/datastores/workspaceblobstore/listSecrets")
    assert isinstance(answer.body, dict)
    assert "sig=" in answer.body["sasToken"]


async def test_a_datastore_that_is_not_there_is_missing_in_azures_words(plane: ControlPlane) -> None:
    """The recorded answer."""
    workspace = await plane.workspace()
    answer = await plane.ask("GET", f"{workspace}/datastores/none")
    assert error_of(answer) == (404, "UserError", "Could not find datastore: none. ")


@pytest.mark.parametrize("written", ["Systemassigned,Userassigned", "userassigned, systemassigned"])
async def test_an_identity_is_kept_however_its_type_is_written(plane: ControlPlane, written: str) -> None:
    """Of a workspace and of an endpoint; both parts of it, in Azure's own spelling."""
    own, _ = await plane.identity()
    identity = {"type": written, "userAssignedIdentities": {own: {}}}
    place = f"{plane.group}/providers/Microsoft.MachineLearningServices/workspaces/ws"
    await plane.put(place, {"location": REGION, "identity": identity, "properties": plane.made})
    endpoint = f"{place}/onlineEndpoints/scores"
    await plane.put(endpoint, {"location": REGION, "identity": identity, "properties": {"authMode": "Key"}})
    for one in (place, endpoint):
        found = (await plane.get(one))["identity"]
        assert found["type"] == "SystemAssigned,UserAssigned"
        assert found["principalId"]
        assert found["userAssignedIdentities"][own]["principalId"]


async def test_a_component_is_known_in_any_case(plane: ControlPlane) -> None:
    """Azure and its SDKs write the provider of Application Insights as Microsoft.insights, too."""
    made = {"kind": "web", "properties": {"Application_Type": "web"}}
    component = await plane.provider("microsoft.insights/components", "appinsights", made)
    shown = component.replace("microsoft.insights", "Microsoft.insights")
    workspace = await plane.workspace(applicationInsights=shown)
    assert (await plane.get(workspace))["properties"]["applicationInsights"] == shown


async def test_a_compute_instance_runs(plane: ControlPlane) -> None:
    """Its state is Azure's to say, not the request's."""
    place = f"{await plane.workspace()}/computes/desk"
    desired = {"computeType": "ComputeInstance", "properties": {"vmSize": "Standard_DS3_v2"}}
    await plane.put(place, {"location": REGION, "properties": desired})
    assert (await plane.get(place))["properties"]["properties"]["state"] == "Running"


async def test_the_sizes_of_online_deployments_are_listed(plane: ControlPlane) -> None:
    """All that the documentation lists; some of them reserve no fifth for upgrades."""
    place = f"/subscriptions/{plane.group.split('/')[2]}/providers/Microsoft.MachineLearningServices/locations/{REGION}"
    sizes = {one["name"]: one for one in (await plane.get(f"{place}/vmSizes"))["value"]}
    assert len(sizes) == 85
    assert sizes["Standard_NC24ads_A100_v4"]["memoryGB"] == 220
    assert sizes["Standard_FX4mds"] == {**sizes["Standard_FX4mds"], "vCPUs": 4, "gpus": 0, "memoryGB": 84}
    needed = [quota.cores_needed(quota.size_of(name), 1) for name in ("standard_ds3_v2", "Standard_NC24ads_A100_v4")]
    assert needed == [8, 24]
