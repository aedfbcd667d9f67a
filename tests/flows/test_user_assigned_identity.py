"""Endpoints with a user-assigned identity: checked before anything is created, and deployed with its roles."""

from __future__ import annotations

import json
import uuid

import pytest
from support.emulator.identities import Identity, identity_with, make_group
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.lifecycle.stage import Job, with_conda_file

from deployments.emulator.rights.built_in import BY_NAME
from tasks.clients.connect import connect
from tasks.domain.azure.governance.identity import ASSIGN_IDENTITY, READ_IDENTITY
from tasks.domain.common.errors import AccessDenied, InvalidSpec
from tasks.lifecycle.inputs.identity import check_identity, require_roles

IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
VERSION, RIGHTS = "2023-01-31", "2022-04-01"
READS = {"microsoft.authorization/roleassignments/read", "microsoft.authorization/roledefinitions/read"}


def make_identity(emulator: RunningEmulator, group: str) -> tuple[str, str]:
    """A user-assigned identity in a resource group; returns its id and its principal's."""
    place = f"/subscriptions/{emulator.subscription}/resourceGroups/{group}/providers/{IDENTITIES}/scorer"
    made = Management(emulator).put(place, {"location": "westeurope"}, VERSION)
    return place, str(made["properties"]["principalId"])


def give(emulator: RunningEmulator, principal: str, scope: str, role: str) -> None:
    """Assign a role, and let it count."""
    definition = f"/subscriptions/{emulator.subscription}/providers/Microsoft.Authorization/roleDefinitions/"
    body = {"properties": {"roleDefinitionId": definition + BY_NAME[role.lower()].guid, "principalId": principal}}
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    Management(emulator).ask("PUT", path, body, RIGHTS).raise_for_status()
    emulator.advance(60)


def named_in_file(job: Job, user: str) -> None:
    """Let the endpoint's file ask for the identity."""
    identity = {"type": "user_assigned", "user_assigned_identities": [{"resource_id": user}]}
    file = job.file("endpoint.yml")
    file.write_text(f"{file.read_text()}\nidentity: {json.dumps(identity)}\n")


def checked(job: Job) -> tuple[str, ...]:
    """The warnings of the preflight's check."""
    with connect(job.target) as azure:
        return check_identity(azure, job.target, job.workspace, job.endpoint, job.online_deployment)


def test_the_lifecycle_with_an_identity_that_has_its_roles(job: Job) -> None:
    """By a principal with exactly the documented role; the identity's roles are on the resource group."""
    group = job.target.resource_group
    make_group(job.emulator, group)
    user, principal = make_identity(job.emulator, group)
    named_in_file(job, user)
    give(job.emulator, principal, job.target.resource_group_id, "Storage Blob Data Reader")
    builder = identity_with(job.emulator, {group: "lifecycle.json", "network": "lifecycle-network.json"})
    with builder.acting():
        state = job.run()
    assert state.is_completed(), state.message
    assert state.result().proof.verdict == "pass"
    shown = job.resources("onlineEndpoints")[job.endpoint.name]["identity"]
    assert shown["type"] == "UserAssigned"
    assert list(shown["userAssignedIdentities"]) == [user]
    assert builder.used(group) >= {*READS, ASSIGN_IDENTITY.lower(), READ_IDENTITY.lower()}


def test_nothing_is_created_with_an_identity_that_can_not_be_used(job: Job) -> None:
    """One that is not there, and one that the caller may not assign: each with its command."""
    group = job.target.resource_group
    make_group(job.emulator, group)
    place = f"{job.target.resource_group_id}/providers/{IDENTITIES}/scorer"
    named_in_file(job, place)
    state = job.run()
    assert state.is_failed()
    assert f"az identity create --name scorer --resource-group {group} --location westeurope" in str(state.message)
    assert set(job.kinds()) <= {"", "Microsoft.Resources/resourceGroups"}

    make_identity(job.emulator, group)
    with _reader_of(job, group).acting(), pytest.raises(AccessDenied) as refused:
        checked(job)
    assert "--role 'Managed Identity Operator'" in refused.value.hint
    assert f"--scope {place}" in refused.value.hint


def _reader_of(job: Job, group: str) -> Identity:
    return identity_with(job.emulator, {group: "Reader"})


def test_missing_roles_are_named_with_the_commands_that_give_them(job: Job, emulator: RunningEmulator) -> None:
    """A new workspace: a warning, its parts come later. One that is there: refused, also by the deploying step."""
    group = job.target.resource_group
    make_group(emulator, group)
    user, principal = make_identity(emulator, group)
    named_in_file(job, user)
    with_conda_file(job)
    (warning,) = checked(job)
    for role in ("'Storage Blob Data Reader'", "'AcrPull'"):
        expected = f"--assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role {role} --scope "
        assert f"{expected}{job.target.resource_group_id}" in warning

    endpoint = {"name": "seeded-beside", "deployments": [], "traffic": {}}
    shape = {"name": job.target.workspace, "group": group, "registry": "Premium", "endpoints": [endpoint]}
    emulator.control("POST", "/seed", {"workspaces": [shape]}).raise_for_status()
    with connect(job.target) as azure:
        workspace = azure.workspace.get()
        assert workspace
        with pytest.raises(AccessDenied, match=r"Storage Blob Data Reader on .* and AcrPull on ") as refused:
            checked(job)
        assert f"--scope {workspace.storage_account}" in refused.value.hint
        give(emulator, principal, str(workspace.storage_account), "Storage Blob Data Reader")
        with pytest.raises(AccessDenied, match="lacks AcrPull on container registry") as refused:
            checked(job)
        assert f"--scope {workspace.container_registry}" in refused.value.hint
        made = azure.endpoints.create_or_update(job.endpoint)
        assert made.identity.users == (user,)
        with pytest.raises(AccessDenied, match="lacks AcrPull"):
            require_roles(azure, job.target, made, job.online_deployment)
        give(emulator, principal, job.target.resource_group_id, "Contributor")
        require_roles(azure, job.target, made, job.online_deployment)
        assert checked(job) == ()

        other = job.but(endpoint=job.endpoint.model_copy(update={"name": "seeded-beside"}))
        with pytest.raises(InvalidSpec, match="Azure can't change the identity of an endpoint"):
            checked(other)
        with pytest.raises(InvalidSpec, match="Azure can't change the identity of an endpoint"):
            azure.endpoints.create_or_update(other.endpoint)


def test_what_can_not_be_read_is_only_a_warning(job: Job) -> None:
    """A caller that may assign the identity, and read nothing else of it."""
    group = job.target.resource_group
    make_group(job.emulator, group)
    user, _ = make_identity(job.emulator, group)
    named_in_file(job, user)
    with identity_with(job.emulator, {group: "AzureML Data Scientist"}).acting():
        warnings = checked(job)
    assert len(warnings) == 2
    assert all(one.startswith("Not checked: ") for one in warnings)
