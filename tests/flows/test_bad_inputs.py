"""What can't work is refused before anything is created, and each refusal says what to do."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.emulator.management import Management
from support.lifecycle.stage import Job, with_conda_file
from support.prefect.flows import first_try

from flows.endpoint_lifecycle import endpoint_lifecycle
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.target import AzureTarget


def refused(job: Job, parameters: dict[str, Any] | None = None) -> str:
    """Run a job that must be refused with nothing created; the state's message, as a notification shows it."""
    state = first_try(endpoint_lifecycle, parameters or job.parameters)
    assert state.is_failed(), state
    assert job.writes() == []
    assert job.resources() == {}
    return state.message or ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"endpoint": {"name": "9-lives", "file": "e.yml"}},
            ("'9-lives' is not a valid endpoint name", "3 to 32 letters"),
        ),
        ({"traffic": {"blue": 90}}, ("sums to 90", "sum to 100")),
        ({"traffic": {"blue": 120, "green": -20}}, ("outside 0 to 100",)),
        ({"online_deployment": {"name": "a b", "file": "d.yml"}}, ("is not a valid online deployment name",)),
    ],
)
def test_bad_values_are_refused_by_the_form_itself(job: Job, changes: dict[str, Any], words: tuple[str, ...]) -> None:
    """A value that breaks a rule fails the run before any step, with the rule."""
    message = refused(job, {**job.parameters, **changes})
    assert "Validation of flow parameters failed" in message
    for word in words:
        assert word in message


def broken_yaml(job: Job) -> tuple[str, ...]:
    job.file("endpoint.yml").write_text("name: [unclosed\n")
    return ("endpoint.yml is not valid YAML", "line", "Correct the file")


def missing_model(job: Job) -> tuple[str, ...]:
    file = job.file("blue-deployment.yml")
    file.write_text(file.read_text().replace("path: model", "path: elsewhere"))
    return ("model.path", "elsewhere", "does not exist", "relative to the folder")


def no_json(job: Job) -> tuple[str, ...]:
    job.file("sample-request.json").write_text("{'data': 1}")
    return ("is not valid JSON", "Correct the file")


def no_request(job: Job) -> tuple[str, ...]:
    job.file("sample-request.json").unlink()
    return ("can't be read", "Correct the path")


def fixed_egress(job: Job) -> tuple[str, ...]:
    file = job.file("blue-deployment.yml")
    file.write_text(f"{file.read_text()}egress_public_network_access: disabled\n")
    return ("egress_public_network_access: disabled", "Remove the field egress_public_network_access")


def long_timeout(job: Job) -> tuple[str, ...]:
    file = job.file("blue-deployment.yml")
    file.write_text(file.read_text().replace("request_timeout_ms: 10000", "request_timeout_ms: 300000"))
    return ("request_timeout_ms is 300000", "50 to 180,000 ms")


def patient_probe(job: Job) -> tuple[str, ...]:
    file = job.file("blue-deployment.yml")
    file.write_text(f"{file.read_text()}readiness_probe:\n  failure_threshold: 120\n")
    return ("readiness_probe.failure_threshold is 120", "less than 120", "119 or less")


def dangling_link(job: Job) -> tuple[str, ...]:
    job.file("code/settings.yml").symlink_to("../nowhere.yml")
    return ("code/settings.yml is a symbolic link to ../nowhere.yml, which does not exist", ".amlignore")


def link_that_leaves(job: Job) -> tuple[str, ...]:
    outside = job.folder.parent / f"{job.folder.name}-outside.txt"
    outside.write_text("not to be uploaded")
    job.file("code/extra.txt").symlink_to(outside)
    return ("code/extra.txt is a symbolic link", "outside the folder", "Copy the file")


def registered_model(job: Job) -> tuple[str, ...]:
    file = job.file("blue-deployment.yml")
    file.write_text(file.read_text().replace("path: model", "path: azureml:scorer:1"))
    return ("which names a registered model", "Write model: azureml:scorer:1.")


def unknown_field(job: Job) -> tuple[str, ...]:
    file = job.file("endpoint.yml")
    file.write_text(f"{file.read_text()}colour: blue\n")
    return ("colour",)


SPOILED = (broken_yaml, missing_model, no_json, no_request, unknown_field)
BY_AZURES_RULES = (fixed_egress, long_timeout, patient_probe, dangling_link, link_that_leaves, registered_model)


@pytest.mark.parametrize("spoil", [*SPOILED, *BY_AZURES_RULES])
def test_bad_files_are_refused(job: Job, spoil: Callable[[Job], tuple[str, ...]]) -> None:
    """A file that is missing, doesn't parse or breaks the schema is named, with what to do."""
    words = spoil(job)
    message = refused(job)
    for word in words:
        assert word in message
    assert "Next: " in message


def test_everything_bad_is_told_at_once(job: Job) -> None:
    """A person gets the whole list, not one refusal after the other."""
    broken_yaml(job)
    no_json(job)
    message = refused(job)
    assert "2 failures in the inputs, nothing was created" in message
    assert "is not valid YAML" in message
    assert "is not valid JSON" in message


def test_traffic_to_an_unknown_deployment(job: Job) -> None:
    """Traffic for an online deployment that neither exists nor is created is refused, with the known names."""
    message = refused(job.but(traffic={"blue": 50, "green": 50}))
    assert "traffic names green, but the endpoint has blue" in message


def test_an_endpoint_that_nobody_could_call(job: Job) -> None:
    """Without public access it takes a private way in: the field to fill in is named."""
    message = refused(job.but(private_access=None))
    assert "no caller could reach it" in message
    assert "private_access.subnet" in message


def test_a_subnet_that_is_not_there(job: Job) -> None:
    """It is told before anything is made, with the subnets that there are."""
    assert job.private_access
    spec = job.private_access.model_copy(update={"subnet": f"{job.private_access.subnet}s"})
    message = refused(job.but(private_access=spec))
    assert "has no subnet defaults; it has: default" in message


def test_too_little_quota_and_a_restricted_size(job: Job) -> None:
    """Both are told before anything is made: Azure would refuse the one after half an hour, and never end the other."""
    file = job.file("blue-deployment.yml")
    asked = re.sub(r"instance_type: .*", "instance_type: Standard_F64s_v2", file.read_text())
    file.write_text(re.sub(r"instance_count: .*", "instance_count: 20", asked))
    message = refused(job)
    assert "20 × Standard_F64s_v2 need 1536 cores of standardFSv2Family; 1000 of 1000 are free" in message
    assert "Request more quota" in message
    file.write_text(asked)
    job.emulator.control("POST", "/restricted-sizes", {"region": "westeurope", "sizes": ["Standard_F64s_v2"]})
    try:
        assert "Standard_F64s_v2 is not available to this subscription in westeurope" in refused(job)
    finally:
        job.emulator.control("POST", "/restricted-sizes", {"region": "westeurope", "sizes": []})


def test_packages_that_the_network_does_not_let_in(job: Job) -> None:
    """Azure would fail to build the image after the network is there; the rules to add are in the message."""
    with_conda_file(job)
    message = refused(job)
    assert "packages from conda.anaconda.org, pypi.org, files.pythonhosted.org" in message
    assert '"destination": "conda.anaconda.org"' in message
    message = refused(job.but(workspace=WorkspaceSpec(isolation_mode="allow_internet_outbound")))
    assert "has an image to build (environment.conda_file)" in message
    assert "Set workspace.image_build_compute" in message


def test_packages_of_an_mlflow_model_that_the_network_does_not_let_in(job: Job) -> None:
    """They are installed when its container starts, which would end without them."""
    file = job.file("blue-deployment.yml")
    file.write_text(
        "name: blue\nendpoint_name: e\nmodel: {path: model, type: mlflow_model}\n"
        "instance_type: Standard_DS3_v2\ninstance_count: 1\n"
    )
    job.file("model/MLmodel").write_text("flavors: {python_function: {loader_module: mlflow.sklearn}}")
    job.file("model/conda.yaml").write_text("dependencies: [{pip: [mlflow]}]")
    assert "packages from pypi.org, files.pythonhosted.org, which the managed network does not allow" in refused(job)


def test_a_provider_that_the_subscription_is_not_registered_with(job: Job) -> None:
    """The command is whole, and says who may run it."""
    management = Management(job.emulator)
    provider = f"{management.subscription}/providers/Microsoft.Insights"
    management.ask("POST", f"{provider}/unregister").raise_for_status()
    try:
        message = refused(job)
    finally:
        management.ask("POST", f"{provider}/register").raise_for_status()
    assert "is not registered with Microsoft.Insights" in message
    assert f"az provider register --subscription {job.target.subscription_id} --namespace Microsoft.Insights" in message


def test_somebody_elses_basic_registry(job: Job) -> None:
    """It stays Basic until the form says otherwise."""
    group = f"{job.target.subscription_path}/resourceGroups/images-{job.endpoint.name}"
    path = f"{group}/providers/Microsoft.ContainerRegistry/registries/{job.endpoint.name.replace('-', '')}basic"
    management = Management(job.emulator)
    management.ask("PUT", group, {"location": "westeurope"}).raise_for_status()
    management.ask("PUT", path, {"location": "westeurope", "sku": {"name": "Basic"}}, "2023-07-01").raise_for_status()
    message = refused(job.but(workspace=WorkspaceSpec(container_registry=path)))
    assert "is Basic, which allows no private endpoint" in message
    assert "workspace.upgrade_registry" in message


def test_wrong_credentials(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong secret is told as such, without the secret."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "not-the-secret")
    message = refused(job)
    assert "AuthenticationFailed" in message
    assert "AZURE_CLIENT_SECRET" in message
    assert "not-the-secret" not in message


def test_no_rights(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """An identity that may only read is told which actions it lacks."""
    reader = job.emulator.principal(role="Reader")
    monkeypatch.setenv("AZURE_CLIENT_ID", reader["client_id"])
    monkeypatch.setenv("AZURE_CLIENT_SECRET", reader["client_secret"])
    message = refused(job)
    assert "AccessDenied" in message
    assert "Microsoft.MachineLearningServices/workspaces/write" in message
    assert "Contributor" in message


@pytest.fixture
def dead_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A proxy address at which nobody listens."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{kept.getsockname()[1]}"
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, address)
        yield address


@pytest.mark.timeout(60)
def test_an_unreachable_proxy(job: Job, dead_proxy: str) -> None:
    """A proxy that nobody listens at is named."""
    message = refused(job)
    assert "Unreachable" in message
    assert f"the proxy in HTTPS_PROXY ({dead_proxy.removeprefix('http://')}) is running" in message


def test_a_way_out_that_leads_nowhere(job: Job) -> None:
    """An internet proxy that could prove nothing later is refused now."""
    target = job.target.model_copy(update={"internet_proxy": "http://127.0.0.1:9"})
    message = refused(job.but(target=target))
    assert "internet_proxy http://127.0.0.1:9 does not reach https://login.microsoftonline.com" in message


def test_another_region(job: Job) -> None:
    """A workspace is not moved: its own region is told."""
    assert job.run().is_completed()
    before = job.writes()
    elsewhere = AzureTarget(**{**job.target.model_dump(), "location": "northeurope"})
    state = job.but(target=elsewhere).run()
    assert state.is_failed()
    assert "westeurope" in (state.message or "")
    assert "northeurope" in (state.message or "")
    assert job.writes() == before


def test_a_mode_that_azure_never_takes_back(job: Job) -> None:
    """The strict isolation mode can't be left: refused before anything changes."""
    assert job.run().is_completed()
    before = job.writes()
    looser = job.but(workspace=WorkspaceSpec(isolation_mode="allow_internet_outbound"))
    state = looser.run()
    assert state.is_failed()
    assert "can't be changed to allow_internet_outbound" in (state.message or "")
    assert job.writes() == before


def test_a_name_with_a_proxy_password_is_refused(job: Job) -> None:
    """Parameters are stored openly, so a proxy address with a password is no parameter."""
    for scheme in ("http", "socks5"):
        target = {**job.target.model_dump(), "internet_proxy": f"{scheme}://me:hush@10.0.0.1:3128"}
        message = refused(job, {**job.parameters, "target": target})
        assert "must not contain a user or password" in message
        assert "hush" not in message


def test_paths_are_found_from_anywhere(job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that exists nowhere is told with the path that was looked for."""
    monkeypatch.chdir(tmp_path)
    spec = EndpointSpec(name=job.endpoint.name, file="nowhere/endpoint.yml")
    assert "nowhere/endpoint.yml can't be read" in refused(job.but(endpoint=spec))


def test_a_tag_that_a_policy_demands_is_known_before_anything_is_created(job: Job) -> None:
    """The refusal names the tag and the field for it; with the tag, the preflight goes on."""
    management, group = Management(job.emulator), job.target.resource_group_id
    management.ask("PUT", group, {"location": "westeurope"}, version="2021-04-01").raise_for_status()
    definition = "/providers/Microsoft.Authorization/policyDefinitions/871b6d14-10aa-478d-b590-94f262ecfa99"
    properties = {
        "policyDefinitionId": definition,
        "displayName": "Costs",
        "parameters": {"tagName": {"value": "cost"}},
    }
    place = f"{group}/providers/Microsoft.Authorization/policyAssignments/costs"
    management.ask("PUT", place, {"properties": properties}, version="2022-06-01").raise_for_status()
    before = job.writes()
    state = job.run()
    assert state.is_failed()
    for part in ("the policy 'Costs' demands the tag cost", "Fill in Tags of the target, tags: cost"):
        assert part in (state.message or "")
    assert job.writes() == before
