"""Azure ML's YAML is read as az ml reads it, and refused with the field and file at fault."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from tasks.clients.control_plane.files import definitions
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.online_deployment import Assets, OnlineDeploymentSpec
from tasks.domain.common.errors import InvalidSpec

DEPLOYMENT = """\
name: other
endpoint_name: some-endpoint
model:
  path: model
code_configuration:
  code: code
  scoring_script: score.py
environment:
  image: example.azurecr.io/image:1
  conda_file: conda.yml
instance_type: Standard_DS3_v2
instance_count: 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a deployment that is all right."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.txt").write_text("1")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "score.py").write_text("def init(): ...\ndef run(data): return data\n")
    (tmp_path / "conda.yml").write_text("name: env\ndependencies: [python=3.11]\n")
    (tmp_path / "blue.yml").write_text(DEPLOYMENT)
    (tmp_path / "endpoint.yml").write_text("name: other\nauth_mode: key\ntags: {team: ml}\n")
    return tmp_path


def deployment(folder: Path) -> OnlineDeploymentSpec:
    """The folder's deployment."""
    return OnlineDeploymentSpec(name="blue", file=str(folder / "blue.yml"))


def test_the_spec_wins_over_the_file(folder: Path) -> None:
    """Name, public access and auth mode come from the parameters, as with az ml --name and --set."""
    spec = EndpointSpec(name="churn", file=str(folder / "endpoint.yml"), auth_mode="aad_token")
    body = definitions.endpoint_body(definitions.load_endpoint(spec), "westeurope")
    assert body["properties"]["authMode"] == "AADToken"
    assert body["properties"]["publicNetworkAccess"] == "disabled"
    assert body["location"] == "westeurope"
    assert body["tags"] == {"team": "ml"}


def test_assets_take_the_place_of_files(folder: Path) -> None:
    """The body names uploaded assets, and everything else comes from the file."""
    loaded = definitions.load_online_deployment(deployment(folder), "churn")
    assets = Assets(model_id="/m", code_id="/c", environment_id="/e")
    properties = definitions.online_deployment_body(loaded, assets, "westeurope")["properties"]
    assert properties["model"] == "/m"
    assert properties["codeConfiguration"] == {"codeId": "/c", "scoringScript": "score.py"}
    assert properties["environmentId"] == "/e"
    assert properties["instanceType"] == "Standard_DS3_v2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "can't be read"),
        ("name: [unclosed", "is not valid YAML"),
        ("- a\n- b\n", "is not a mapping"),
        ("name: abc\nauth_mode: password\n", r"auth_mode: Value 'password' passed is not in set"),
        ("name: abc\nunknown_field: 1\n", "unknown_field: Unknown field"),
        ("name: abc\ncompute: azureml:k8s\n", "Kubernetes"),
    ],
)
def test_bad_endpoint_files(folder: Path, text: str | None, said: str) -> None:
    """A bad file is refused with what is wrong in it."""
    file = folder / "bad.yml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InvalidSpec, match=said):
        definitions.load_endpoint(EndpointSpec(name="churn", file=str(file)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("path: model", "path: nowhere", r"names model.path .*nowhere, which does not exist"),
        ("code: code", "code: nowhere", r"names code_configuration.code .*nowhere"),
        ("score.py", "other.py", r"names scoring_script .*other.py"),
        ("conda.yml", "nowhere.yml", r"names environment.conda_file .*nowhere.yml"),
        ("instance_type: Standard_DS3_v2\n", "", "instance_type: Missing data"),
        ("instance_count: 1", "instance_count: many", "instance_count: Not a valid integer"),
        ("path: model", "path: azureml:churn:1", r"model.path is azureml:churn:1, which names a registered model"),
    ],
)
def test_bad_deployment_files(folder: Path, old: str, new: str, said: str) -> None:
    """A missing file or a broken schema is named, relative paths starting at the YAML's folder."""
    (folder / "blue.yml").write_text(DEPLOYMENT.replace(old, new))
    with pytest.raises(InvalidSpec, match=said):
        definitions.load_online_deployment(deployment(folder), "churn")


def test_remote_assets_need_no_files(folder: Path) -> None:
    """Registered models and environments are names, not paths."""
    text = DEPLOYMENT.replace("model:\n  path: model", "model: azureml:churn:1")
    (folder / "blue.yml").write_text(text)
    assert definitions.load_online_deployment(deployment(folder), "churn").model == "churn:1"


@pytest.mark.parametrize("changed", ["model/weights.txt", "code/score.py", "conda.yml", "blue.yml"])
def test_fingerprint_notices_edits(folder: Path, changed: str) -> None:
    """An edit of any local file shows, an untouched folder doesn't."""
    before = definitions.fingerprint(deployment(folder))
    assert definitions.fingerprint(deployment(folder)) == before
    file = folder / changed
    file.write_text(file.read_text() + "# \n")
    assert definitions.fingerprint(deployment(folder)) != before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: x\nDB_PASSWORD: @hunter2", "line 2, column 14"),
        ('name: "hunter2', "line 1, column"),
        ("a: *hunter2", "undefined alias …, line 1, column 4"),
        ("a: !hunter2 x", "tag …, line 1, column 4"),
        ("a: 2024-99-99 # hunter2", "an invalid value"),
        ("hunter2: \x00", "characters that YAML forbids"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_yaml_error_quotes_nothing_of_the_file(tmp_path: Path, text: str, problem: str) -> None:
    """Problem, line and column are enough to find it; the line may hold a password."""
    (tmp_path / "x.yml").write_text(text)
    with pytest.raises(InvalidSpec, match=problem) as caught:
        definitions.read_yaml(str(tmp_path / "x.yml"))
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


SENT = {
    *("app_insights_enabled", "code_configuration", "data_collector", "description", "egress_public_network_access"),
    *("environment", "environment_variables", "instance_count", "instance_type", "liveness_probe", "model"),
    *("model_mount_path", "properties", "readiness_probe", "request_settings", "scale_settings", "tags"),
}
FROM_PARAMETERS = {"name", "endpoint_name"}
BY_AZURE = {"creation_context", "id", "provisioning_state", "schema_ignored", "type", "private_network_connection"}


def test_every_field_of_the_schema_is_known() -> None:
    """A field that a new version of azure-ai-ml brings is looked at before it is silently dropped."""
    from azure.ai.ml._schema._deployment.online.online_deployment import (  # noqa: PLC0415 -- takes seconds
        ManagedOnlineDeploymentSchema,
    )

    assert set(ManagedOnlineDeploymentSchema._declared_fields) == SENT | FROM_PARAMETERS | BY_AZURE


def test_every_field_that_is_sent_arrives(folder: Path) -> None:
    """As the SDK writes it; the limits that Azure keeps are those of the file."""
    file = folder / "blue.yml"
    file.write_text(
        DEPLOYMENT
        + """
app_insights_enabled: true
description: what it does
environment_variables: {A: b}
liveness_probe: {initial_delay: 11, period: 12, timeout: 3, failure_threshold: 13}
readiness_probe: {initial_delay: 21, period: 22, timeout: 4, failure_threshold: 23}
model_mount_path: /var/models
properties: {p: q}
request_settings: {request_timeout_ms: 7000, max_concurrent_requests_per_instance: 5}
scale_settings: {type: default}
tags: {team: ml}
data_collector:
  sampling_rate: 0.5
  collections:
    model_inputs: {enabled: 'true'}
"""
    )
    body = definitions.online_deployment_body(
        definitions.load_online_deployment(deployment(folder), "churn"), Assets(), "westeurope"
    )
    shown = body["properties"]
    assert (body["tags"], shown["description"], shown["properties"]) == ({"team": "ml"}, "what it does", {"p": "q"})
    assert (shown["appInsightsEnabled"], shown["modelMountPath"]) == (True, "/var/models")
    assert shown["environmentVariables"] == {"A": "b"}
    assert (shown["livenessProbe"]["initialDelay"], shown["readinessProbe"]["failureThreshold"]) == ("PT11S", 23)
    assert (shown["requestSettings"]["requestTimeout"], shown["scaleSettings"]["scaleType"]) == ("PT7S", "Default")
    assert shown["dataCollector"]["collections"]["model_inputs"]["samplingRate"] == 0.5


def test_an_unknown_field_is_refused(folder: Path) -> None:
    """Such as package_model, which no schema of this version has."""
    file = folder / "blue.yml"
    file.write_text(f"{DEPLOYMENT}package_model: true\n")
    with pytest.raises(InvalidSpec, match="package_model"):
        definitions.load_online_deployment(deployment(folder), "churn")
