"""Images: what prevents Azure from building one does so here."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.emulator.control_plane import REGION, ControlPlane
from support.emulator.deployment_bodies import asked, assets

APPROVED = {"isolationMode": "AllowOnlyApprovedOutbound"}
PREMIUM, BASIC = {"sku": {"name": "Premium"}}, {"sku": {"name": "Basic"}}
PRIVATE = {"sku": {"name": "Premium"}, "properties": {"publicNetworkAccess": "Disabled"}}


@pytest.mark.parametrize(
    ("registry", "compute", "built", "refusal"),
    [
        (PREMIUM, "", True, ""),
        (BASIC, "", True, "private endpoints need Premium"),
        (PRIVATE, "", True, "ImageBuildComputeNotValid"),
        (PRIVATE, "missing", True, "the workspace has no compute 'missing'"),
        (PRIVATE, "builder", True, ""),
        (PRIVATE, "", False, ""),
        (BASIC, "", False, ""),
    ],
)
async def test_a_private_registry_needs_premium_and_a_compute_that_builds(
    plane: ControlPlane, registry: Any, compute: str, built: bool, refusal: str
) -> None:
    """ImageBuildFailure at the end of the operation, where an image would have to be built."""
    place = await plane.provider("Microsoft.ContainerRegistry/registries", "rulesregistry", registry)
    network = {"managedNetwork": APPROVED, "provisionNetworkNow": "true"}
    workspace = await plane.workspace(containerRegistry=place, imageBuildCompute=compute, **network)
    cluster = {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_DS3_v2"}}
    await plane.put(f"{workspace}/computes/builder", {"location": REGION, "properties": cluster})
    endpoint = await plane.endpoint(workspace)
    conda = {"condaFile": "dependencies: []"} if built else {}
    wanted = asked(**await assets(plane, workspace, **conda))
    answer = await plane.ask("PUT", f"{endpoint}/deployments/blue", wanted)
    assert answer.status == 201
    operation = plane.emulator.operations.on(f"{endpoint}/deployments/blue")
    assert operation
    plane.settle()
    await plane.emulator.operations.ended(operation, 20)
    found = await plane.get(answer.headers["Azure-AsyncOperation"])
    assert found["status"] == "Failed"
    # Without uploaded files nothing can start, so a deployment that passes the image's rules fails after them.
    assert found["error"]["code"] == ("ImageBuildFailure" if refusal else found["error"]["code"])
    assert refusal in found["error"]["message"]
    assert ("image" in found["error"]["message"].lower()) == bool(refusal)
    assert (await plane.get(f"{endpoint}/deployments/blue"))["properties"]["provisioningState"] == "Failed"


async def test_packages_need_rules_for_their_sources(plane: ControlPlane) -> None:
    """In an approved-only network an image is built once each of its sources is allowed, and only once."""
    workspace = await plane.workspace(managedNetwork=APPROVED, provisionNetworkNow="true")
    endpoint = await plane.endpoint(workspace)
    conda = "channels: [conda-forge]\ndependencies: [python, {pip: [numpy]}]"
    wanted, colors = asked(**await assets(plane, workspace, condaFile=conda)), itertools.count(1)

    async def built() -> str:
        blue = f"{endpoint}/deployments/color-{next(colors)}"
        answer = await plane.ask("PUT", blue, wanted)
        operation = plane.emulator.operations.on(blue)
        assert operation
        plane.settle()
        await plane.emulator.operations.ended(operation, 20)
        return str((await plane.get(answer.headers["Azure-AsyncOperation"]))["error"]["message"])

    for source in ("conda.anaconda.org", "pypi.org", "files.pythonhosted.org"):
        assert f"https://{source}" in await built()
        rule = {"type": "FQDN", "category": "UserDefined", "destination": source}
        await plane.put(f"{workspace}/outboundRules/{source.replace('.', '-')}", {"properties": rule})
    assert "containerRegistry" not in (await plane.get(workspace))["properties"]
    for _ in range(2):  # the image is there; what fails now is that no files were uploaded
        assert "build" not in (await built()).lower()
        await plane.ask("DELETE", f"{workspace}/outboundRules/pypi-org")
        plane.settle()
    assert (await plane.get(workspace))["properties"]["containerRegistry"]


async def test_an_mlflow_model_installs_its_packages_as_it_starts(plane: ControlPlane) -> None:
    """No image is built for it; without the rules its container ends, and only its log has the address."""
    workspace = await plane.workspace(managedNetwork=APPROVED, provisionNetworkNow="true")
    endpoint, found = await plane.endpoint(workspace), await assets(plane, workspace)
    model = await plane.get(found["model"])
    place = urlsplit(model["properties"]["modelUri"])
    account = str(place.hostname).partition(".")[0]
    files = plane.emulator.options.state_dir / "blobs" / account / place.path.strip("/")
    files.mkdir(parents=True)
    (files / "MLmodel").write_text("flavors: {python_function: {loader_module: mlflow.sklearn}}")
    (files / "conda.yaml").write_text("dependencies: [{pip: [mlflow]}]")
    await plane.put(found["model"], {"properties": {**model["properties"], "modelType": "mlflow_model"}})
    blue = f"{endpoint}/deployments/blue"
    answer = await plane.ask("PUT", blue, asked(model=found["model"]))
    assert answer.status == 201
    operation = plane.emulator.operations.on(blue)
    assert operation
    plane.settle()
    await plane.emulator.operations.ended(operation, 20)
    error = (await plane.get(answer.headers["Azure-AsyncOperation"]))["error"]
    assert error["code"] is None
    assert error["message"].startswith("ResourceNotReady: User container has crashed")
    logs = await plane.ask("POST", f"{blue}/getLogs", {})
    assert isinstance(logs.body, dict)
    assert "Could not fetch URL https://pypi.org/simple/" in logs.body["content"]
    assert "containerRegistry" not in (await plane.get(workspace))["properties"]
