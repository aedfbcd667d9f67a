"""Workspace and managed network, against the emulator."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.emulator.azure_writes import written
from support.emulator.running import RunningEmulator
from support.paths import ROOT

from tasks.clients.connect import connect
from tasks.clients.control_plane.workspaces import WORKSPACE_API
from tasks.clients.transport.wire import Call
from tasks.domain.azure.networking.network import FqdnRule, IsolationMode, PrivateEndpointRule, ServiceTagRule
from tasks.domain.azure.ownership import is_owned
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

CREATE_AND_TELL = """
import sys
from tasks.clients.connect import connect
from tasks.domain.common.target import AzureTarget
from tasks.domain.azure.workspace import WorkspaceSpec
with connect(AzureTarget.model_validate_json(sys.argv[1]), progress=lambda line: print(line, flush=True)) as azure:
    azure.workspace.create_or_update(WorkspaceSpec())
"""


@pytest.mark.parametrize("mode", ["allow_only_approved_outbound", "allow_internet_outbound"])
def test_a_workspace_is_made_once(emulator: RunningEmulator, target: AzureTarget, mode: IsolationMode) -> None:
    """Either isolation mode is made with our tags and without public access; a second call writes nothing."""
    spec = WorkspaceSpec(isolation_mode=mode)
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        made = azure.workspace.create_or_update(spec)
        before = written(emulator, target.resource_group)
        assert azure.workspace.create_or_update(spec) == made
        assert azure.workspace.check(spec) == made
    assert is_owned(made.tags, made.id)
    assert made.public_network_access == "disabled"
    assert made.managed_network.isolation_mode.lower() == mode.replace("_", "")
    assert made.key_vault
    assert written(emulator, target.resource_group) == before


@pytest.mark.parametrize("stalled", ["deployment.write", "workspace.create"])
def test_a_killed_creation_is_gone_on_with(emulator: RunningEmulator, target: AzureTarget, stalled: str) -> None:
    """What a killed run started is waited for, before and after the workspace shows, and not started a second time."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
    emulator.fault(action="stall", operation=stalled, path=target.resource_group)
    command = [sys.executable, "-c", CREATE_AND_TELL, target.model_dump_json()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "workspace churn" in process.stdout.readline()
        process.kill()
    lines: list[str] = []

    def go_on(line: str) -> None:
        lines.append(line)
        emulator.clear_faults()

    with connect(target, progress=go_on) as azure:
        assert azure.workspace.create_or_update(WorkspaceSpec()).provisioning_state == "Succeeded"
        kinds = [one.type.lower() for one in azure.resource_groups.resources()]
    assert lines
    assert len([one for one in written(emulator, target.resource_group) if "/deployments/" in one]) == 1
    assert kinds.count("microsoft.storage/storageaccounts") == 1


def test_what_is_present_is_changed_only_where_asked(emulator: RunningEmulator, target: AzureTarget) -> None:
    """Opening public access is one PATCH; a spec that doesn't name it leaves it open."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.workspace.create_or_update(WorkspaceSpec())
        changed = azure.workspace.create_or_update(WorkspaceSpec(public_network_access="enabled"))
        assert changed.public_network_access == "enabled"
        assert azure.workspace.create_or_update(WorkspaceSpec()).public_network_access == "enabled"
    patches = [one for one in written(emulator, target.resource_group) if one.startswith("PATCH")]
    assert len(patches) == 1


def test_another_region_is_refused(ready: AzureTarget) -> None:
    """A workspace can't move; the message names the region that it is in."""
    elsewhere = ready.model_copy(update={"location": "northeurope"})
    with connect(elsewhere) as azure, pytest.raises(errors.InvalidSpec, match="is in westeurope, not in northeurope"):
        azure.workspace.check(WorkspaceSpec())


def test_isolation_can_not_be_loosened(ready: AzureTarget) -> None:
    """Nothing leads back from allow_only_approved_outbound."""
    spec = WorkspaceSpec(isolation_mode="allow_internet_outbound")
    with connect(ready) as azure, pytest.raises(errors.InvalidSpec, match="can't be changed"):
        azure.workspace.create_or_update(spec)


def test_a_workspace_that_is_not_ours_is_not_changed(emulator: RunningEmulator, target: AzureTarget) -> None:
    """Without our tags, an equal workspace passes and another one is refused."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        made = azure.workspace.create_or_update(WorkspaceSpec())
        untag = Call("untag", "PATCH", target.workspace_id, WORKSPACE_API, {"tags": {"managed-by": "somebody"}})
        azure.workspace._arm.run(untag, limit_seconds=60)
        before = written(emulator, target.resource_group)
        assert azure.workspace.create_or_update(WorkspaceSpec()).id == made.id
        with pytest.raises(errors.NotOwned, match="public_network_access"):
            azure.workspace.create_or_update(WorkspaceSpec(public_network_access="enabled"))
    assert written(emulator, target.resource_group) == before


def test_the_network_gets_all_rules_and_becomes_active(emulator: RunningEmulator, target: AzureTarget) -> None:
    """The three types of rules are written one by one before provisioning, all end Active, and a second run is idle."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        workspace = azure.workspace.create_or_update(WorkspaceSpec())
        assert workspace.storage_account
        spec = WorkspaceSpec(
            outbound_rules=(
                PrivateEndpointRule(
                    name="tables", service_resource_id=workspace.storage_account, subresource_target="table"
                ),
                FqdnRule(name="pypi", destination="packages.contoso.com"),
                ServiceTagRule(name="factory", service_tag="DataFactory", port_ranges="80, 8080-8089"),
            )
        )
        assert azure.network.provision(spec).is_active
        statuses = {one.name: one.status for one in azure.network.rules() if one.category == "UserDefined"}
        before = written(emulator, target.resource_group)
        assert azure.network.provision(spec).is_active
    assert statuses == {"tables": "Active", "pypi": "Active", "factory": "Active"}
    ends = [one.rsplit("/", 1)[1] for one in before if "outboundRules" in one or "provisionManagedNetwork" in one]
    assert ends == ["tables", "pypi", "factory", "provisionManagedNetwork"]
    assert written(emulator, target.resource_group) == before


def test_a_wait_that_runs_out_says_so(emulator: RunningEmulator, target: AzureTarget) -> None:
    """A provisioning that hangs ends in an error, and a later run goes on with it."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.workspace.create_or_update(WorkspaceSpec())
        emulator.fault(action="stall", operation="managed_network.provision", path=target.resource_group)
        with pytest.raises(errors.WaitTimedOut, match="provision the managed network of churn"):
            azure.network.provision(WorkspaceSpec(), limit_seconds=0.3)
        emulator.clear_faults()
        assert azure.network.provision(WorkspaceSpec()).is_active


def test_the_key_vault_lets_azure_services_by(ready: AzureTarget) -> None:
    """The workspace's vault shows the network rules that key authentication needs."""
    with connect(ready) as azure:
        assert azure.key_vault.network().allows_azure_services
