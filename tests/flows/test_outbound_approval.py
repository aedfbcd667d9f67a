"""Private endpoints of outbound rules: who may approve them is known before anything is created."""

from __future__ import annotations

import pytest
from support.emulator.identities import identity_with, make_group
from support.emulator.storage_accounts import storage_account
from support.lifecycle.stage import Job

from tasks.clients.connect import connect
from tasks.domain.azure.networking.network import PrivateEndpointRule
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.errors import AccessDenied
from tasks.lifecycle.inputs.outbound import check_outbound

APPROVER = "Azure AI Enterprise Network Connection Approver"


def target_of(job: Job) -> str:
    """A storage account in a group of its own."""
    name = f"out{job.endpoint.name.replace('-', '')[:12]}"
    storage_account(job.emulator, name)
    subscription = f"/subscriptions/{job.emulator.subscription}"
    return f"{subscription}/resourceGroups/rg-{name}/providers/Microsoft.Storage/storageAccounts/{name}"


def checked(job: Job, place: str) -> tuple[str, ...]:
    """The warnings of the preflight's check for one rule."""
    rule = PrivateEndpointRule(name="features", service_resource_id=place, subresource_target="blob")
    with connect(job.target) as azure:
        return check_outbound(azure, job.target, WorkspaceSpec(outbound_rules=(rule,)))


def test_the_caller_has_to_approve_the_private_endpoint(job: Job) -> None:
    """A reader of the destination is refused with the command; one without a right there can't be judged."""
    place, group = target_of(job), job.target.resource_group
    data_group = place.split("/")[4]
    make_group(job.emulator, group)
    with (
        identity_with(job.emulator, {group: "Contributor", data_group: "Reader"}).acting(),
        pytest.raises(AccessDenied, match="outbound rule features would stay inactive") as refused,
    ):
        checked(job, place)
    assert f"--role '{APPROVER}' --scope {place}" in refused.value.hint
    with identity_with(job.emulator, {group: "Contributor"}).acting():
        warning, _ = checked(job, place)
    assert warning.startswith("Not checked: the right to approve outbound rule features")


def test_the_identity_of_a_new_workspace_is_named_by_the_command(job: Job) -> None:
    """It does not exist yet, so it is only a warning; in the workspace's own group there is nothing to assign."""
    place, group = target_of(job), job.target.resource_group
    data_group = place.split("/")[4]
    with identity_with(job.emulator, {group: "Contributor", data_group: "Contributor"}).acting():
        (warning,) = checked(job, place)
    assert f"az ml workspace show --name {job.target.workspace} --resource-group {group}" in warning
    assert f"--scope {place}" in warning
    assert checked(job, f"{job.target.resource_group_id}/providers/Microsoft.Storage/storageAccounts/own") == ()
