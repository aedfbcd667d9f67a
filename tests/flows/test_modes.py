"""The choices of the guide: isolation modes, outbound rules, auth modes, public access, private registries."""

from __future__ import annotations

from typing import Any

import pytest
from prefect.client.schemas.objects import State
from support.emulator.management import Management
from support.emulator.storage_accounts import give_role
from support.lifecycle.stage import Job, with_conda_file

from tasks.domain.azure.endpoint import AuthMode
from tasks.domain.azure.networking.network import FqdnRule, PrivateEndpointRule, ServiceTagRule
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.lifecycle.report import LifecycleReport


def completed(state: State[Any]) -> LifecycleReport:
    assert state.is_completed(), state.message
    report: LifecycleReport = state.result()
    return report


APPROVER = "Azure AI Enterprise Network Connection Approver"


def storage_of(job: Job) -> str:
    """A storage account of the team's, for a private endpoint rule to lead to."""
    group = f"{job.target.subscription_path}/resourceGroups/{job.target.resource_group}data"
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/{job.endpoint.name.replace('-', '')}"
    management = Management(job.emulator)
    management.ask("PUT", group, {"location": "westeurope"}).raise_for_status()
    body = {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "location": "westeurope", "properties": {}}
    management.ask("PUT", path, body, version="2019-06-01").raise_for_status()
    return path


def test_outbound_rules_of_all_types(job: Job) -> None:
    """Rules are written in turn, once their private endpoints will be approved; a second run leaves them alone."""
    rules = (
        FqdnRule(name="pypi", destination="packages.contoso.com"),
        ServiceTagRule(name="factory", service_tag="DataFactory"),
        PrivateEndpointRule(name="features", service_resource_id=storage_of(job), subresource_target="blob"),
    )
    wanted = job.but(workspace=WorkspaceSpec(outbound_rules=rules))
    state = wanted.run()
    principal = job.resources()[job.target.workspace]["identity"]["principalId"]
    assert state.is_failed()
    assert f"--assignee-object-id {principal} " in str(state.message)
    assert "'Azure AI Enterprise Network Connection Approver'" in str(state.message)
    give_role(Management(job.emulator), rules[2].service_resource_id, APPROVER, principal)
    report = completed(wanted.run())
    assert report.resources["outbound rule pypi"] == f"{job.target.workspace_id}/outboundRules/pypi"
    network = job.resources()[job.target.workspace]["properties"]["managedNetwork"]
    shown = job.resources("outboundRules") or network.get("outboundRules", {})
    assert {"pypi", "factory", "features"} <= shown.keys()
    before = job.writes()
    assert [one.rsplit("/", 1)[-1] for one in before if "/outboundRules/" in one] == ["pypi", "factory", "features"]
    completed(wanted.run())
    assert job.writes() == before


def test_a_workspace_open_to_the_internet(job: Job) -> None:
    """The other isolation mode goes the whole way too."""
    completed(job.but(workspace=WorkspaceSpec(isolation_mode="allow_internet_outbound")).run())
    workspace = job.resources()[job.target.workspace]
    assert workspace["properties"]["managedNetwork"]["isolationMode"] == "AllowInternetOutbound"


@pytest.mark.parametrize("auth_mode", ["aml_token", "aad_token"])
def test_every_way_to_sign_in(job: Job, auth_mode: AuthMode) -> None:
    """Scoring works with tokens as it does with a key."""
    report = completed(job.but(endpoint=job.endpoint.model_copy(update={"auth_mode": auth_mode})).run())
    assert report.answer
    assert report.answer.is_ok
    assert report.proof
    assert report.proof.verdict == "pass"


def test_public_access_when_asked_for(job: Job) -> None:
    """An endpoint that is public on purpose has no isolation to prove, and the report warns."""
    report = completed(job.but(endpoint=job.endpoint.model_copy(update={"public_network_access": "enabled"})).run())
    assert report.proof is None
    assert any("can be called from the internet, as requested" in one for one in report.warnings)


def test_without_a_way_out_the_outside_is_skipped(job: Job) -> None:
    """Nobody looked from outside: that half is SKIP with its reason, and a warning, never a pass."""
    report = completed(job.but(target=job.target.model_copy(update={"internet_proxy": None})).run())
    assert report.proof
    assert (report.proof.verdict, report.proof.outside.verdict) == ("skip", "skip")
    assert any("only partly proven" in one for one in report.warnings)


def test_a_second_colour_keeps_the_firsts_traffic(job: Job) -> None:
    """A run for green that leaves the traffic with blue scores green by its name, and changes nothing of blue's."""
    completed(job.run())
    green = job.online_deployment.model_copy(update={"name": "green"})
    report = completed(job.but(online_deployment=green, traffic={"blue": 100}).run())
    assert {name: percent for name, percent in report.traffic.items() if percent} == {"blue": 100}
    assert report.answer
    assert report.answer.deployment == "green"
    assert {"blue", "green"} <= job.resources("onlineEndpoints").keys()


REGISTRY_API = "2023-07-01"


def registry_of(job: Job, **properties: Any) -> str:
    """A registry of the team's, in a group of its own."""
    group = f"{job.target.subscription_path}/resourceGroups/{job.target.resource_group}images"
    path = f"{group}/providers/Microsoft.ContainerRegistry/registries/{job.endpoint.name.replace('-', '')}"
    management = Management(job.emulator)
    management.ask("PUT", group, {"location": "westeurope"}).raise_for_status()
    body = {"location": "westeurope", "sku": {"name": "Premium"}, "properties": properties}
    management.ask("PUT", path, body, version=REGISTRY_API).raise_for_status()
    return path


def test_an_image_is_built_once_its_packages_may_come_in(job: Job) -> None:
    """The named cluster is created; the first image brings the registry, and the network a private endpoint to it."""
    with_conda_file(job)
    hosts = ("*.anaconda.org", "pypi.org", "*.pythonhosted.org")
    rules = tuple(FqdnRule(name=f"packages-{number}", destination=host) for number, host in enumerate(hosts))
    state = job.but(workspace=WorkspaceSpec(outbound_rules=rules, image_build_compute="image-builder")).run()
    assert state.is_completed(), state.message
    cluster, registry, workspace = (
        next(one for one in job.resources().values() if str(one.get("type")).lower().endswith(kind))
        for kind in ("workspaces/computes", "/registries", "learningservices/workspaces")
    )
    assert cluster["properties"]["properties"]["scaleSettings"]["minNodeCount"] == 0
    assert registry["sku"]["name"] == "Premium"
    assert workspace["properties"]["containerRegistry"] == registry["id"]
    assert f"__SYS_PE_{registry['name']}_registry" in workspace["properties"]["managedNetwork"]["outboundRules"]


def test_a_private_registry_needs_a_build_compute(job: Job) -> None:
    """Without image_build_compute the run stops at the registry, and says which setting is missing."""
    registry = registry_of(job, publicNetworkAccess="Disabled")
    state = job.but(workspace=WorkspaceSpec(container_registry=registry)).run()
    assert state.is_failed()
    assert "image_build_compute" in (state.message or "")


def test_the_guide_works_with_shared_keys_off(job: Job) -> None:
    """Before anything is made, the missing data role is named with its command; with it, no key is used."""
    job = job.but(workspace=job.workspace.model_copy(update={"storage_access": "identity"}))
    management, group = Management(job.emulator), job.target.resource_group_id
    management.put(group, {"location": job.target.location})
    refused = job.run()
    assert refused.is_failed()
    command = f"--assignee-object-id {management.object_id} --role 'Storage Blob Data Contributor' --scope {group}"
    assert command in (refused.message or "")
    assert len(job.resources()) == 1
    give_role(management, group, "Storage Blob Data Contributor")
    assert job.run().is_completed()
    (account,) = [one for one in job.resources().values() if one.get("type") == "Microsoft.Storage/storageAccounts"]
    assert account["properties"]["allowSharedKeyAccess"] is False
    datastores = [one["properties"] for one in job.resources("datastores").values()]
    assert {one["credentials"]["credentialsType"] for one in datastores} == {"None"}
    writes = len(job.writes())
    assert job.run().is_completed()
    assert [one for one in job.writes()[writes:] if "/datastores/" in one or "storageAccounts/" in one] == []
