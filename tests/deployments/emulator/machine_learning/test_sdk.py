"""The guide's calls by Azure's own, unmodified SDK."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from azure.ai.ml import MLClient, load_online_deployment, load_online_endpoint
from azure.ai.ml.entities import (
    AccountKeyConfiguration,
    AmlCompute,
    AzureBlobDatastore,
    FqdnDestination,
    ManagedNetwork,
    PrivateEndpointDestination,
    ServiceTagDestination,
    Workspace,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from support.emulator.private_access import connect_privately
from support.emulator.running import SESSION_CORES, RunningEmulator
from support.paths import ROOT

from tasks.domain.common.target import AzureTarget

SAMPLES = ROOT / "deployments" / "samples"
GROUP, WORKSPACE = "sdk-tests", "sdk-tests"


@pytest.fixture(scope="module")
def client(emulator_process: RunningEmulator) -> Iterator[MLClient]:
    """A client of a workspace with an approved, provisioned network and private access."""
    credential = DefaultAzureCredential()
    client = MLClient(
        credential, emulator_process.subscription, GROUP, WORKSPACE, enable_telemetry=False, polling_interval=0.1
    )
    token = credential.get_token("https://management.azure.com/.default").token
    arm = requests.Session()
    arm.headers["Authorization"] = f"Bearer {token}"
    place = f"subscriptions/{emulator_process.subscription}/resourceGroups/{GROUP}?api-version=2021-04-01"
    group = f"https://management.azure.com/{place}"
    arm.put(group, json={"location": "westeurope"}, timeout=10).raise_for_status()
    network = ManagedNetwork(isolation_mode="AllowOnlyApprovedOutbound")
    client.workspaces.begin_create(Workspace(name=WORKSPACE, location="westeurope", managed_network=network)).result()
    client.workspaces.begin_provision_network(workspace_name=WORKSPACE, include_spark=False).result()
    connect_privately(
        AzureTarget(
            subscription_id=emulator_process.subscription,
            resource_group=GROUP,
            workspace=WORKSPACE,
            location="westeurope",
        )
    )
    yield client
    arm.delete(group, timeout=10).raise_for_status()


@pytest.fixture(scope="module")
def endpoint(client: MLClient) -> str:
    """An endpoint without public access and with one deployment that has all traffic."""
    name = "sdk-diabetes"
    override = [{"name": name}, {"public_network_access": "disabled"}]
    client.online_endpoints.begin_create_or_update(
        load_online_endpoint(SAMPLES / "endpoint.yml", params_override=override)
    ).result()
    override = [{"endpoint_name": name}]
    client.online_deployments.begin_create_or_update(
        load_online_deployment(SAMPLES / "blue-deployment.yml", params_override=override)
    ).result()
    made = client.online_endpoints.get(name)
    made.traffic = {"blue": 100}
    client.online_endpoints.begin_create_or_update(made).result()
    return name


def test_the_workspace_comes_from_the_sdks_template(client: MLClient) -> None:
    """With its network active, its parts readable, and a place to track runs."""
    workspace = client.workspaces.get(WORKSPACE)
    assert workspace.managed_network.isolation_mode == "AllowOnlyApprovedOutbound"
    assert workspace.managed_network.status.status == "Active"
    assert workspace.mlflow_tracking_uri.startswith("azureml://westeurope.api.azureml.ms/")
    assert "/storageAccounts/sdk" in workspace.storage_account


def test_an_update_leaves_the_rest_alone(client: MLClient) -> None:
    """begin_update carries the required rules along without a complaint."""
    workspace = client.workspaces.get(WORKSPACE)
    workspace.description = "changed"
    updated = client.workspaces.begin_update(workspace).result()
    assert (updated.description, updated.managed_network.status.status) == ("changed", "Active")


def test_the_three_kinds_of_outbound_rules(client: MLClient) -> None:
    """Each is written, read back and removed."""
    rules = client.workspace_outbound_rules
    target = client.workspaces.get(WORKSPACE).storage_account
    wanted = [
        FqdnDestination(name="pypi", destination="packages.contoso.com"),
        ServiceTagDestination(name="factory", service_tag="DataFactory", protocol="TCP", port_ranges="443"),
        PrivateEndpointDestination(
            name="store", service_resource_id=target, subresource_target="table", spark_enabled=False
        ),
    ]
    for rule in wanted:
        rules.begin_create(WORKSPACE, rule).result()
    found = {rule.name: rule for rule in rules.list(WORKSPACE) if rule.category == "UserDefined"}
    assert list(found) == ["pypi", "factory", "store"]
    assert rules.get(WORKSPACE, "factory").service_tag == "DataFactory"
    for name in found:
        rules.begin_remove(WORKSPACE, name).result()
    assert not [rule for rule in rules.list(WORKSPACE) if rule.category == "UserDefined"]


def test_a_rule_against_the_mode_is_refused(client: MLClient) -> None:
    """The SDK shows Azure's words."""
    with pytest.raises(HttpResponseError, match="ports 80 and 443"):
        client.workspace_outbound_rules.begin_create(
            WORKSPACE, FqdnDestination(name="x", destination="packages.contoso.com:22")
        ).result()


def test_a_diagnosis_finds_nothing_wrong(client: MLClient) -> None:
    """Every list is there, and empty."""
    found = client.workspaces.begin_diagnose(WORKSPACE).result()
    assert (found.key_vault_results, found.storage_account_results, found.other_results) == ([], [], [])


def test_computes_come_and_go(client: MLClient) -> None:
    """A cluster for image builds."""
    cluster = AmlCompute(name="builder", size="Standard_DS3_v2", max_instances=1)
    made = client.compute.begin_create_or_update(cluster).result()
    assert (made.name, made.provisioning_state) == ("builder", "Succeeded")
    assert [compute.name for compute in client.compute.list()] == ["builder"]
    client.compute.begin_delete("builder").result()
    assert list(client.compute.list()) == []


def test_datastores_come_and_go(client: MLClient) -> None:
    """The default one is the workspace's own container."""
    assert client.datastores.get_default().name == "workspaceblobstore"
    own = AzureBlobDatastore(name="own", account_name="elsewhere", container_name="data")
    client.datastores.create_or_update(own)
    assert client.datastores.get("own").container_name == "data"
    client.datastores.delete("own")
    with pytest.raises(ResourceNotFoundError, match="Could not find datastore: own"):
        client.datastores.get("own")


def test_quota_and_sizes_can_be_read(client: MLClient) -> None:
    """Before a deployment one may look whether there is room."""
    usages = {usage.name["value"]: usage for usage in client.compute.list_usage(location="westeurope")}
    assert usages["standardDSv2Family"].limit == SESSION_CORES
    assert "Standard_DS3_v2" in {size.name for size in client.compute.list_sizes(location="westeurope")}


def test_an_endpoint_runs_the_users_code(client: MLClient, endpoint: str) -> None:
    """Scored through its private address, with what the sample's model says."""
    shown = client.online_endpoints.get(endpoint)
    assert (shown.provisioning_state, shown.traffic) == ("Succeeded", {"blue": 100})
    assert shown.public_network_access.lower() == "disabled"
    answer = client.online_endpoints.invoke(endpoint, request_file=str(SAMPLES / "sample-request.json"))
    assert answer.startswith("[")


def test_both_containers_have_logs(client: MLClient, endpoint: str) -> None:
    """What the server wrote, and how the model was mounted."""
    server = client.online_deployments.get_logs("blue", endpoint, lines=100)
    mounting = client.online_deployments.get_logs("blue", endpoint, lines=100, container_type="storage-initializer")
    assert "azmlinfsrv" in server
    assert mounting
    assert mounting != server


def test_keys_can_be_exchanged(client: MLClient, endpoint: str) -> None:
    """One at a time."""
    before = client.online_endpoints.get_keys(endpoint)
    client.online_endpoints.begin_regenerate_keys(endpoint, key_type="secondary").result()
    after = client.online_endpoints.get_keys(endpoint)
    assert before.primary_key == after.primary_key
    assert before.secondary_key != after.secondary_key


def test_no_secret_is_in_the_journal(client: MLClient, endpoint: str, emulator: RunningEmulator) -> None:
    """Neither keys nor signatures nor what was uploaded, whichever call they came with."""
    keys, parts = client.online_endpoints.get_keys(endpoint), client.workspaces.get_keys(WORKSPACE)
    own = AzureBlobDatastore(
        name="keyed", account_name="a", container_name="c", credentials=AccountKeyConfiguration(account_key="deposited")
    )
    client.datastores.create_or_update(own)
    client.datastores.delete("keyed")
    journal = emulator.control("GET", "/journal").text
    secrets = [keys.primary_key, keys.secondary_key, parts.user_storage_key, "deposited", "def init():"]
    assert all(secrets)
    assert [secret for secret in secrets if secret in journal] == []
    assert not re.search(r"sig=(?!REDACTED)", journal)


def test_the_same_deployment_again_uploads_nothing(client: MLClient, endpoint: str, emulator: RunningEmulator) -> None:
    """The code is known by its hash, the model by its mark in the store."""
    seen = len(emulator.journal())
    override = [{"endpoint_name": endpoint}]
    again = load_online_deployment(SAMPLES / "blue-deployment.yml", params_override=override)
    client.online_deployments.begin_create_or_update(again).result()
    new = emulator.journal()[seen:]
    assert not [line["url"] for line in new if line["method"] == "PUT" and "blob.core.windows.net" in line["url"]]


def test_a_deployment_can_be_scaled(client: MLClient, endpoint: str) -> None:
    """Its instances are counted in its sku; the egress that is read isn't accepted under a managed network."""
    blue = client.online_deployments.get("blue", endpoint)
    blue.instance_count = 2
    with pytest.raises(HttpResponseError, match="avoid setting EgressPublicNetworkAccess"):
        client.online_deployments.begin_create_or_update(blue)
    blue.egress_public_network_access = None
    client.online_deployments.begin_create_or_update(blue).result()
    assert client.online_deployments.get("blue", endpoint).instance_count == 2


def test_a_deployment_without_files_fails_with_its_reason(client: MLClient, endpoint: str, tmp_path: Path) -> None:
    """A score.py that fails in init(): the SDK raises, the state is Failed, the log has the user's own words."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "score.py").write_text("def init():\n    raise RuntimeError('no such luck')\n\ndef run(_):\n    pass\n")
    bad = load_online_deployment(
        SAMPLES / "blue-deployment.yml", params_override=[{"name": "bad"}, {"endpoint_name": endpoint}]
    )
    bad.code_configuration.code = str(code)
    with pytest.raises(HttpResponseError, match="ResourceNotReady"):
        client.online_deployments.begin_create_or_update(bad).result()
    assert client.online_deployments.get("bad", endpoint).provisioning_state == "Failed"
    assert "no such luck" in client.online_deployments.get_logs("bad", endpoint, lines=100)
    client.online_deployments.begin_delete("bad", endpoint).result()


def test_a_file_over_64_mib_is_uploaded_with_the_code(client: MLClient, endpoint: str, tmp_path: Path) -> None:
    """In blocks, and runs where it was uploaded."""
    code = tmp_path / "heavy"
    code.mkdir()
    (code / "score.py").write_text((SAMPLES / "code" / "score.py").read_text())
    with (code / "weights.bin").open("wb") as weights:
        weights.truncate(70 << 20)
    heavy = load_online_deployment(
        SAMPLES / "blue-deployment.yml", params_override=[{"name": "heavy"}, {"endpoint_name": endpoint}]
    )
    heavy.code_configuration.code = str(code)
    client.online_deployments.begin_create_or_update(heavy).result()
    assert client.online_deployments.get("heavy", endpoint).provisioning_state == "Succeeded"
    client.online_deployments.begin_delete("heavy", endpoint).result()


def test_the_endpoint_goes_with_its_deployments(client: MLClient, endpoint: str) -> None:
    """The last of this module: afterwards nothing of it is there."""
    client.online_endpoints.begin_delete(endpoint).result()
    assert [found.name for found in client.online_endpoints.list()] == []
    with pytest.raises(ResourceNotFoundError):
        client.online_endpoints.get(endpoint)
