"""Online deployments: what has to be true before Azure accepts one."""

from __future__ import annotations

from typing import Any

import pytest
from support.emulator.control_plane import REGION, ControlPlane, error_of
from support.emulator.deployment_bodies import asked, assets

from deployments.emulator.faults import Fault
from deployments.emulator.services.machine_learning.restrictions import restrict

APPROVED = {"isolationMode": "AllowOnlyApprovedOutbound"}
TIMEOUT = "ScoringTimeoutMs must be between 50 and 180000"
NO_EGRESS = (
    "The EgressPublicNetworkAccess under online deployment is no longer supported when your workspace is secured with "
    "managed virtual network. Please avoid setting EgressPublicNetworkAccess on the deployment in this case."
)


async def test_no_online_deployment_before_the_network_is_provisioned(plane: ControlPlane) -> None:
    """WorkspaceManagedNetworkNotReady first, accepted afterwards."""
    workspace = await plane.workspace(managedNetwork=APPROVED)
    endpoint, wanted = await plane.endpoint(workspace), asked(**await assets(plane, workspace))
    refused = await plane.ask("PUT", f"{endpoint}/deployments/blue", wanted)
    assert error_of(refused)[:2] == (400, "WorkspaceManagedNetworkNotReady")
    await plane.ask("POST", f"{workspace}/provisionManagedNetwork", {})
    plane.settle()
    answer = await plane.ask("PUT", f"{endpoint}/deployments/blue", wanted)
    assert answer.status == 201
    assert isinstance(answer.body, dict)
    assert answer.body["properties"]["provisioningState"] == "Updating"


@pytest.mark.parametrize(
    ("change", "code", "refusal"),
    [
        ({"instanceType": "Standard_Z9"}, "BadRequest", "VM size Standard_Z9 is not supported"),
        ({"instances": 0}, "BadRequest", "between 1 and 50; it is 0"),
        ({"instances": 51}, "BadRequest", "between 1 and 50; it is 51"),
        ({"model": "{workspace}/models/none/versions/1"}, "NotFound", "Could not find model"),
        ({"environmentId": "{workspace}/environments/none/versions/1"}, "NotFound", "Could not find environment"),
        (
            {"codeConfiguration": {"codeId": "{workspace}/codes/none/versions/1", "scoringScript": "score.py"}},
            "NotFound",
            "Could not find code",
        ),
        ({"codeConfiguration": None}, "BadRequest", "Could not find driver program"),
        ({"environmentId": "azureml://registries/azureml/environments/sklearn-1.5/versions/14"}, "", ""),
        ({"environmentId": "azureml://registries/azureml/environments/sklearn-1.5/labels/latest"}, "", ""),
        (
            {"environmentId": "azureml://registries/azureml/environments/acpt-pytorch-2.2-cuda12.1/versions/9"},
            "NotImplementedByEmulator",
            "The emulator has no registries",
        ),
        (
            {"model": "azureml://registries/azureml/models/llama/versions/2"},
            "NotImplementedByEmulator",
            "does not know the model",
        ),
        ({"endpointComputeType": "Kubernetes"}, "BadRequest", "managed online deployments only"),
        ({"requestSettings": {"requestTimeout": "PT3M0.001S"}}, "BadRequest", TIMEOUT),
        ({"requestSettings": {"requestTimeout": "PT0.049S"}}, "BadRequest", TIMEOUT),
        ({"requestSettings": {"requestTimeout": "5 s"}}, "BadRequest", TIMEOUT),
        ({"requestSettings": {"requestTimeout": "PT3M"}}, "", ""),
        ({"requestSettings": {"requestTimeout": "PT0.05S"}}, "", ""),
        ({"livenessProbe": {"failureThreshold": 125}}, "BadRequest", "<125>. The value should be less than 120."),
        ({"readinessProbe": {"failureThreshold": 120}}, "BadRequest", "ReadinessProbe.FailureThreshold"),
        ({"readinessProbe": {"failureThreshold": 119}}, "", ""),
        ({"egressPublicNetworkAccess": "disabled"}, "", ""),
    ],
)
async def test_what_is_asked_for_is_possible(plane: ControlPlane, change: Any, code: str, refusal: str) -> None:
    """Size, number, assets and settings are checked before anything starts."""
    workspace = await plane.workspace()
    endpoint = await plane.endpoint(workspace)
    wanted = asked(**{**await assets(plane, workspace), **filled(change, workspace)})
    wanted["sku"]["capacity"] = change.get("instances", 1)
    wanted["properties"].pop("instances", None)
    answer = await plane.ask("PUT", f"{endpoint}/deployments/blue", wanted)
    if not refusal:
        assert answer.status == 201
        return
    assert error_of(answer)[1] == code
    assert refusal in error_of(answer)[2]
    assert (await plane.ask("GET", f"{endpoint}/deployments/blue")).status == 404


def filled(value: Any, workspace: str) -> Any:
    """The same document with the workspace's id where it belongs."""
    if isinstance(value, dict):
        return {name: filled(inner, workspace) for name, inner in value.items()}
    return value.format(workspace=workspace) if isinstance(value, str) else value


async def test_a_way_out_stays_as_it_was_made(plane: ControlPlane) -> None:
    """egress_public_network_access can't be changed."""
    workspace = await plane.workspace()
    endpoint = await plane.endpoint(workspace)
    plane.deployment(endpoint, "blue")
    wanted = asked(**await assets(plane, workspace), egressPublicNetworkAccess="Disabled")
    assert "cannot be changed" in error_of(await plane.ask("PUT", f"{endpoint}/deployments/blue", wanted))[2]


@pytest.mark.parametrize(("value", "poor"), [("Enabled", False), ("disabled", True)])
async def test_the_managed_network_decides_about_the_way_out(plane: ControlPlane, value: str, poor: bool) -> None:
    """Under a managed network either value is refused; disabled asks for a Premium registry, too; Azure's words."""
    workspace = await plane.workspace(managedNetwork=APPROVED, provisionNetworkNow="true")
    wanted = asked(**await assets(plane, workspace), egressPublicNetworkAccess=value)
    answer = await plane.ask("PUT", f"{await plane.endpoint(workspace)}/deployments/blue", wanted)
    assert NO_EGRESS in error_of(answer)[2]
    assert ("premium tier ACR" in error_of(answer)[2]) is poor
    assert isinstance(answer.body, dict)
    assert answer.body["error"]["details"][0]["code"] == "InferencingClientCallFailed"


async def test_what_is_read_cannot_be_written_under_a_managed_network(plane: ControlPlane) -> None:
    """Azure shows Enabled though it was not set, and refuses it in a PUT; a PATCH of something else is accepted."""
    workspace = await plane.workspace(managedNetwork=APPROVED, provisionNetworkNow="true")
    endpoint, parts = await plane.endpoint(workspace), await assets(plane, workspace)
    plane.deployment(endpoint, "blue")
    blue = f"{endpoint}/deployments/blue"
    shown = await plane.get(blue)
    assert shown["properties"]["egressPublicNetworkAccess"] == "Enabled"
    assert NO_EGRESS in error_of(await plane.ask("PUT", blue, shown))[2]
    assert (await plane.ask("PATCH", blue, {"tags": {"a": "b"}, "properties": parts})).status == 202


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("ab", "must be 3-32 chars"),
        ("a" * 33, "must be 3-32 chars"),
        ("1st", "is invalid"),
        ("a--b", "is invalid"),
        ("ab-", "is invalid"),
        ("a_b", "is invalid"),
        ("A-1", ""),
        ("a" * 32, ""),
    ],
)
async def test_names_of_deployments(plane: ControlPlane, name: str, refusal: str) -> None:
    """3 to 32 characters, a letter first, letters, digits and single dashes."""
    workspace = await plane.workspace()
    wanted = asked(**await assets(plane, workspace))
    answer = await plane.ask("PUT", f"{await plane.endpoint(workspace)}/deployments/{name}", wanted)
    assert refusal in error_of(answer)[2] if refusal else answer.status == 201


async def test_a_busy_endpoint_takes_no_deployment(plane: ControlPlane) -> None:
    """In the words of Azure's own refusal."""
    workspace = await plane.workspace()
    endpoint = await plane.endpoint(workspace)
    await plane.ask("PUT", endpoint, {"location": REGION, "tags": {"a": "b"}, "properties": {"authMode": "Key"}})
    answer = await plane.ask("PUT", f"{endpoint}/deployments/blue", asked(**await assets_while_busy(plane, workspace)))
    assert error_of(answer) == (
        409,
        "Conflict",
        "Cannot create a deployment in endpoint scores because it is in Updating provisioning state. ",
    )


async def assets_while_busy(plane: ControlPlane, workspace: str) -> dict[str, Any]:
    """Names of assets only: the endpoint is refused before they are looked for."""
    return {"model": f"{workspace}/models/m/versions/1"}


async def test_an_endpoint_has_twenty_deployments_at_most(plane: ControlPlane) -> None:
    """The twenty-first is refused; an update of one of them isn't."""
    workspace = await plane.workspace()
    endpoint, wanted = await plane.endpoint(workspace), asked(**await assets(plane, workspace))
    for number in range(20):
        plane.deployment(endpoint, f"slot-{number}")
    refused = await plane.ask("PUT", f"{endpoint}/deployments/one-more", wanted)
    assert "20 deployments at most" in error_of(refused)[2]
    assert (await plane.ask("PUT", f"{endpoint}/deployments/slot-7", wanted)).status == 200


async def test_quota_counts_a_fifth_more_instances(plane: ControlPlane) -> None:
    """Two instances of four cores need twelve, since three are reserved (ceil of 1.2 times 2); Azure's own words."""
    workspace = await plane.workspace()
    endpoint, wanted = await plane.endpoint(workspace), asked(2, **await assets(plane, workspace))
    await limit(plane, 19)
    plane.deployment(endpoint, "other")
    refused = await plane.ask("PUT", f"{endpoint}/deployments/blue", wanted)
    message = error_of(refused)[2]
    assert error_of(refused)[:2] == (400, "BadRequest")
    assert "Not enough quota available for Standard_DS3_v2" in message
    assert "Current usage/limit: 8/19. Additional needed: 12" in message
    assert "https://aka.ms/oe-tsg#error-outofquota" in message
    await limit(plane, 20)
    assert (await plane.ask("PUT", f"{endpoint}/deployments/blue", wanted)).status == 201
    usages = (await plane.get(f"{region(plane)}/usages"))["value"]
    assert [(u["currentValue"], u["limit"]) for u in usages if u["name"]["value"] == "standardDSv2Family"] == [(20, 20)]


def region(plane: ControlPlane) -> str:
    subscription = "/".join(plane.group.split("/")[:3])
    return f"{subscription}/providers/Microsoft.MachineLearningServices/locations/{REGION}"


async def limit(plane: ControlPlane, cores: int) -> None:
    """Give the region this many cores of the family."""
    wanted = {"id": f"{region(plane)}/quotas/standardDSv2Family", "type": "quotas", "limit": cores, "unit": "Count"}
    answer = await plane.ask("POST", f"{region(plane)}/updateQuotas", {"value": [wanted]})
    assert isinstance(answer.body, dict)
    assert answer.body["value"][0]["status"] == "Success"


async def test_a_failed_first_creation_can_only_be_deleted(plane: ControlPlane) -> None:
    """The error of a container has no code; an update is refused until the deployment has been deleted."""
    workspace = await plane.workspace()
    endpoint, wanted = await plane.endpoint(workspace), asked(**await assets(plane, workspace))
    blue = f"{endpoint}/deployments/blue"
    plane.emulator.faults.add(
        Fault("fail", operation="online_deployment.create", code="", message="ResourceNotReady: Crashed.")
    )
    answer = await plane.ask("PUT", blue, wanted)
    plane.settle()
    found = await plane.get(answer.headers["Azure-AsyncOperation"])
    assert (found["status"], found["error"]) == ("Failed", {"code": None, "message": "ResourceNotReady: Crashed."})
    assert (await plane.get(blue))["properties"]["provisioningState"] == "Failed"
    for method, body in (("PUT", wanted), ("PATCH", {"tags": {"a": "b"}})):
        refused = error_of(await plane.ask(method, blue, body))
        assert refused[0] == 400
        assert "[blue] failed during initial provisioning and is in an unrecoverable state" in refused[2]
    assert (await plane.ask("DELETE", blue)).status == 202
    plane.settle()
    assert (await plane.ask("PUT", blue, wanted)).status == 201


async def test_a_failed_update_can_be_mended(plane: ControlPlane) -> None:
    """Only the first creation is unrecoverable."""
    workspace = await plane.workspace()
    endpoint, wanted = await plane.endpoint(workspace), asked(**await assets(plane, workspace))
    blue = plane.deployment(endpoint, "blue")
    plane.emulator.faults.add(Fault("fail", operation="online_deployment.update", code="", message="No."))
    assert (await plane.ask("PUT", blue, wanted)).status == 200
    plane.settle()
    assert (await plane.get(blue))["properties"]["provisioningState"] == "Failed"
    assert (await plane.ask("PUT", blue, wanted)).status == 200


async def test_no_logs_while_a_deployment_is_created(plane: ControlPlane) -> None:
    """GET says Creating, the PUT and its operation say Updating; the same PUT again joins the operation."""
    workspace = await plane.workspace()
    endpoint, wanted = await plane.endpoint(workspace), asked(**await assets(plane, workspace))
    blue = f"{endpoint}/deployments/blue"
    for status in (201, 200):
        answer = await plane.ask("PUT", blue, wanted)
        assert answer.status == status
        assert isinstance(answer.body, dict)
        assert answer.body["properties"]["provisioningState"] == "Updating"
    assert (await plane.get(answer.headers["Azure-AsyncOperation"]))["status"] == "Updating"
    assert (await plane.shown(blue))["properties"]["provisioningState"] == "Creating"
    refused = error_of(await plane.ask("POST", f"{blue}/getLogs", {}))
    assert "Deployment is in deleting or creating state so logs can't be retrieved" in refused[2]
    await plane.ask("PUT", plane.deployment(endpoint, "green"), wanted)
    assert (await plane.get(f"{endpoint}/deployments/green"))["properties"]["provisioningState"] == "Updating"
    assert (await plane.ask("POST", f"{endpoint}/deployments/green/getLogs", {})).status == 200


async def test_only_a_deployment_without_traffic_can_be_deleted(plane: ControlPlane) -> None:
    """Neither live nor mirrored traffic."""
    endpoint = await plane.endpoint(await plane.workspace())
    for name in ("blue", "green", "idle"):
        plane.deployment(endpoint, name)
    traffic = {"traffic": {"blue": 100}, "mirrorTraffic": {"green": 10}}
    await plane.put(endpoint, {"location": REGION, "properties": {"authMode": "Key", **traffic}})
    for name, percent in (("blue", 100), ("green", 10)):
        answer = await plane.ask("DELETE", f"{endpoint}/deployments/{name}")
        assert f"cannot be deleted while it has {percent} %" in error_of(answer)[2]
    assert (await plane.ask("DELETE", f"{endpoint}/deployments/idle")).status == 202
    plane.settle()
    assert (await plane.ask("DELETE", f"{endpoint}/deployments/idle")).status == 204


async def test_a_deployment_says_how_far_it_scales(plane: ControlPlane) -> None:
    """From one instance to fifty, by hand."""
    endpoint = await plane.endpoint(await plane.workspace())
    deployment = plane.deployment(endpoint, "blue")
    capacity = (await plane.get(f"{deployment}/skus"))["value"][0]["capacity"]
    assert (capacity["minimum"], capacity["maximum"]) == (1, 50)


async def test_a_restricted_size_is_created_without_end(plane: ControlPlane) -> None:
    """No error, ever: only Microsoft.Compute's list says why."""
    workspace = await plane.workspace()
    endpoint, wanted = await plane.endpoint(workspace), asked(**await assets(plane, workspace))
    size = wanted["properties"]["instanceType"]
    restrict(plane.emulator, REGION, [size])
    assert (await plane.ask("PUT", f"{endpoint}/deployments/blue", wanted)).status == 201
    plane.emulator.clock.advance(85 * 60)
    plane.settle()
    assert (await plane.get(f"{endpoint}/deployments/blue"))["properties"]["provisioningState"] == "Creating"
    subscription = "/".join(plane.group.split("/")[:3])
    query = f"api-version=2021-07-01&$filter=location eq '{REGION}'"
    compute = f"{subscription}/providers/Microsoft.Compute/skus?{query}"
    listed = (await plane.ask("GET", compute)).body
    assert isinstance(listed, dict)
    assert [one["name"] for one in listed["value"] if one["restrictions"]] == [size]
