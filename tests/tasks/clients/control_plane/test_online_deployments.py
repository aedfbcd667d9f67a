"""Online deployments and their logs, against the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.emulator.azure_writes import deploy, written
from support.emulator.running import RunningEmulator

from tasks.clients.connect import Azure, connect
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget


def test_a_deployment_is_made_once(
    emulator: RunningEmulator, azure: Azure, endpoint_spec: EndpointSpec, files: Path
) -> None:
    """A second upload sends no file and finds the same assets; a second creation writes nothing."""
    azure.endpoints.create_or_update(endpoint_spec)
    spec = OnlineDeploymentSpec(file=str(files / "blue-deployment.yml"))
    assets = azure.online_deployments.upload(spec)
    blobs = written(emulator, ".blob.core.windows.net")
    assert azure.online_deployments.upload(spec) == assets
    assert written(emulator, ".blob.core.windows.net") == blobs
    made = azure.online_deployments.create_or_update(endpoint_spec.name, spec, assets)
    before = written(emulator, endpoint_spec.name)
    assert azure.online_deployments.create_or_update(endpoint_spec.name, spec, assets) == made
    assert azure.online_deployments.list(endpoint_spec.name) == (made,)
    assert written(emulator, endpoint_spec.name) == before


def test_a_named_model_keeps_its_version(azure: Azure, files: Path) -> None:
    """A named model without a version gets a new one only with new content."""
    file = files / "blue-deployment.yml"
    file.write_text(file.read_text().replace("  path: model\n", "  name: diabetes\n  path: model\n"))
    spec = OnlineDeploymentSpec(file=str(file))
    first = azure.online_deployments.upload(spec)
    assert azure.online_deployments.upload(spec).model_id == first.model_id
    model = files / "model" / "model.json"
    model.write_text(model.read_text() + "\n")
    assert azure.online_deployments.upload(spec).model_id != first.model_id


def test_a_failing_script_shows_its_log_and_a_mended_one_goes_on(
    azure: Azure, endpoint_spec: EndpointSpec, files: Path
) -> None:
    """The error carries Azure's sentence and what score.py printed; the mended one replaces what Azure can't update."""
    azure.endpoints.create_or_update(endpoint_spec)
    script = files / "code" / "score.py"
    good = script.read_text()
    script.write_text('def init():\n    raise RuntimeError("no such weights")\n\n\ndef run(data):\n    return data\n')
    spec = OnlineDeploymentSpec(file=str(files / "blue-deployment.yml"))
    stale = azure.online_deployments.upload(spec)
    with pytest.raises(errors.ProvisioningFailed, match="no such weights") as caught:
        azure.online_deployments.create_or_update(endpoint_spec.name, spec, stale)
    assert str(caught.value).count("ResourceNotReady: User container has crashed or terminated") == 1
    assert caught.value.origin.code == "ResourceNotReady"
    assert "init()" in caught.value.hint
    script.write_text(good)
    mended = azure.online_deployments.create_or_update(endpoint_spec.name, spec, stale)
    assert mended.provisioning_state == "Succeeded"
    assert mended.code_id != stale.code_id


def test_the_network_comes_first(target: AzureTarget, endpoint_spec: EndpointSpec, files: Path) -> None:
    """Without a provisioned network, the error says what to do; endpoint and upload don't need it."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.workspace.create_or_update(WorkspaceSpec())
        azure.endpoints.create_or_update(endpoint_spec)
        with pytest.raises(errors.NotReady, match="WorkspaceManagedNetworkNotReady") as caught:
            deploy(azure, endpoint_spec.name, files)
    assert "Provision the managed network" in caught.value.hint


def test_a_deployment_with_traffic_is_not_removed(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """Its traffic has to go elsewhere first."""
    azure.endpoints.create_or_update(endpoint_spec)
    deploy(azure, endpoint_spec.name, files)
    azure.endpoints.set_traffic(endpoint_spec.name, {"blue": 100})
    with pytest.raises(errors.InvalidSpec, match="100 percent"):
        azure.online_deployments.delete(endpoint_spec.name, "blue")
    azure.endpoints.set_traffic(endpoint_spec.name, {})
    azure.online_deployments.delete(endpoint_spec.name, "blue")
    assert azure.online_deployments.get(endpoint_spec.name, "blue") is None


def test_logs_of_both_containers(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """Both tails are there, and whether they hold everything."""
    azure.endpoints.create_or_update(endpoint_spec)
    deploy(azure, endpoint_spec.name, files)
    logs = azure.logs.containers(endpoint_spec.name, "blue")
    assert logs.storage_initializer
    assert logs.inference_server
    assert not azure.logs.containers(endpoint_spec.name, "blue", lines=1).is_complete
