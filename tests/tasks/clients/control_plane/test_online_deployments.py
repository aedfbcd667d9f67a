"""Online deployments and their logs, against the emulator."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.emulator.azure_writes import deploy, written
from support.emulator.management import Management
from support.emulator.private_access import connect_privately
from support.emulator.running import RunningEmulator

from tasks.clients.connect import Azure, connect
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.revision import Revision


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


def test_collected_data_has_its_assets(
    emulator: RunningEmulator, azure: Azure, ready: AzureTarget, endpoint_spec: EndpointSpec, files: Path
) -> None:
    """Each collection is registered as data of the workspace, once, as the SDK does."""
    azure.endpoints.create_or_update(endpoint_spec)
    file = files / "blue-deployment.yml"
    file.write_text(f"{file.read_text()}data_collector:\n  collections:\n    model_inputs: {{enabled: 'true'}}\n")
    spec = OnlineDeploymentSpec(file=str(file))
    assets = azure.online_deployments.upload(spec)
    made = azure.online_deployments.create_or_update(endpoint_spec.name, spec, assets)
    assert azure.online_deployments.create_or_update(endpoint_spec.name, spec, assets) == made
    management, name = Management(emulator), f"{endpoint_spec.name}-blue-model_inputs"
    collections = management.get(made.id)["properties"]["dataCollector"]["collections"]
    data = f"{ready.workspace_id}/data/{name}/versions/1"
    assert collections["model_inputs"]["dataId"].lower() == data.lower()
    assert management.get(data)["properties"]["dataUri"].endswith(f"/{endpoint_spec.name}/blue/model_inputs")


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
        connect_privately(target)
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


def test_a_script_with_a_byte_order_mark_runs(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """It passes the preflight without a warning, and the container runs it as Python does."""
    azure.endpoints.create_or_update(endpoint_spec)
    script = files / "code" / "score.py"
    script.write_bytes(b"\xef\xbb\xbf" + script.read_bytes())
    spec = OnlineDeploymentSpec(file=str(files / "blue-deployment.yml"))
    assert azure.online_deployments.check(spec) == ()
    made = azure.online_deployments.create_or_update(endpoint_spec.name, spec, azure.online_deployments.upload(spec))
    assert made.provisioning_state == "Succeeded"


def test_a_script_for_a_newer_python_is_a_warning(azure: Azure, files: Path) -> None:
    """The container's Python decides, so the preflight only warns of what the worker's can't compile."""
    (files / "code" / "score.py").write_text("future Row = list[float]\n")
    (warning,) = azure.online_deployments.check(OnlineDeploymentSpec(file=str(files / "blue-deployment.yml")))
    assert "score.py does not compile on the worker's Python" in warning


def test_a_script_of_a_custom_container_is_not_judged(azure: Azure, files: Path) -> None:
    """Its own server runs it, in whatever language."""
    (files / "code" / "plumber.R").write_text("#* @post /score\nfunction(rows) { rowSums(rows) }\n")
    routes = "".join(
        f"    {kind}_route: {{port: 8000, path: /{kind}}}\n" for kind in ("liveness", "readiness", "scoring")
    )
    file = files / "blue-deployment.yml"
    text = file.read_text().replace("score.py", "plumber.R")
    file.write_text(text.replace("environment:\n", f"environment:\n  inference_config:\n{routes}"))
    assert azure.online_deployments.check(OnlineDeploymentSpec(file=str(file))) == ()


def test_the_egress_is_free_without_a_managed_network(azure: Azure, files: Path) -> None:
    """Legacy isolation needs the field that a managed network refuses."""
    file = files / "blue-deployment.yml"
    file.write_text(f"{file.read_text()}egress_public_network_access: disabled\n")
    spec = OnlineDeploymentSpec(file=str(file))
    assert azure.online_deployments.check(spec, managed_network=False) == ()
    with pytest.raises(errors.InvalidSpec, match="egress_public_network_access: disabled"):
        azure.online_deployments.check(spec)


def test_a_rollout_is_checked_by_its_workspace(azure: Azure, files: Path) -> None:
    """The egress is refused in a workspace with a managed network, and warnings are passed on."""
    file = files / "blue-deployment.yml"
    revision = Revision(kind="file", file=str(file))
    assert azure.replicas.check(revision) == ()
    (files / "code" / "score.py").write_text("future Row = list[float]\n")
    assert len(azure.replicas.check(revision)) == 1
    file.write_text(f"{file.read_text()}egress_public_network_access: enabled\n")
    with pytest.raises(errors.InvalidSpec, match="egress_public_network_access: enabled"):
        azure.replicas.check(revision)


def test_a_curated_environment_and_a_model_without_code(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """An environment of the public registry is used by its address; an MLflow model needs no code and no environment.

    One of a type that the emulator can't serve says so in the emulator's name, with the type.
    """
    azure.endpoints.create_or_update(endpoint_spec)
    curated = "azureml://registries/azureml/environments/sklearn-1.5/versions/14"
    blue = files / "blue-deployment.yml"
    blue.write_text(re.sub(r"environment:\n(  .*\n)+", f"environment: {curated}\n", blue.read_text()))
    deploy(azure, endpoint_spec.name, files)
    mlflow = files / "mlflow-deployment.yml"
    model = "model: {name: mlflow-sample, path: mlmodel, type: mlflow_model}"
    mlflow.write_text(f"name: green\nendpoint_name: e\n{model}\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n")
    (files / "mlmodel").mkdir()
    loader = "flavors: {python_function: {loader_module: mlflow.onnx}}"
    (files / "mlmodel" / "MLmodel").write_text(loader)
    spec = OnlineDeploymentSpec(name="green", file=str(mlflow))
    with pytest.raises(errors.EndpointOpsError, match=r"does not serve MLflow models of the flavor 'mlflow\.onnx'"):
        azure.online_deployments.create_or_update(endpoint_spec.name, spec, azure.online_deployments.upload(spec))


def test_a_deployment_without_a_program_names_what_to_add(
    azure: Azure, endpoint_spec: EndpointSpec, files: Path
) -> None:
    """Code, an MLflow model's type, or a container's routes."""
    azure.endpoints.create_or_update(endpoint_spec)
    bare = files / "bare-deployment.yml"
    image = "environment: {image: mcr.microsoft.com/azureml/minimal-py311-inference}"
    bare.write_text(f"name: blue\nendpoint_name: e\nmodel: {{path: model}}\n{image}\ninstance_type: Standard_DS3_v2\n")
    spec = OnlineDeploymentSpec(name="blue", file=str(bare))
    with pytest.raises(errors.InvalidSpec, match="Could not find driver program") as refused:
        azure.online_deployments.create_or_update(endpoint_spec.name, spec, azure.online_deployments.upload(spec))
    for field in ("code_configuration", "type mlflow_model", "inference_config"):
        assert field in refused.value.hint
