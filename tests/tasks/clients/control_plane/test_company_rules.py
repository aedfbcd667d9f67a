"""Names that stay taken, policies that demand tags, and locks: on the emulator, as Azure has them."""

from __future__ import annotations

from typing import Any

import pytest
from support.emulator.azure_writes import written
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.waiting import until

from tasks.clients.connect import connect
from tasks.clients.control_plane.workspaces import WORKSPACE_API
from tasks.domain.azure.governance.soft_delete import TakenName
from tasks.domain.azure.ownership import OWNERSHIP_TAGS
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

REQUIRED = "/providers/Microsoft.Authorization/policyDefinitions/871b6d14-10aa-478d-b590-94f262ecfa99"
INHERITED = "/providers/Microsoft.Authorization/policyDefinitions/cd3aa116-8754-49c9-a813-ad46512ece54"
SPEC = WorkspaceSpec()


def assign(emulator: RunningEmulator, target: AzureTarget, definition: str, tag: str = "costCenter") -> None:
    """Assign a policy about a tag at the target's resource group."""
    place = f"{target.resource_group_id}/providers/Microsoft.Authorization/policyAssignments/costs"
    properties: dict[str, Any] = {"policyDefinitionId": definition, "displayName": "Costs"}
    body = {"properties": {**properties, "parameters": {"tagName": {"value": tag}}}}
    Management(emulator).ask("PUT", place, body, version="2022-06-01").raise_for_status()


def test_everything_that_is_made_has_the_targets_tags(emulator: RunningEmulator, target: AzureTarget) -> None:
    """The group, the workspace and all that belongs to it, beside ours; a policy that demands them is content."""
    tagged = target.model_copy(update={"tags": {"costCenter": "42"}})
    with connect(tagged) as azure:
        group = azure.resource_groups.create_if_absent()
        assign(emulator, target, REQUIRED)
        assert azure.policies.check(new_group=False) == ()
        azure.workspace.create_or_update(SPEC)
        made = azure.resource_groups.resources()
    by_azure = ("microsoft.insights/actiongroups", "microsoft.alertsmanagement/smartdetectoralertrules")
    tags = [group.tags, *(one.tags for one in made if one.type.lower() not in by_azure)]
    assert len(tags) >= 6
    assert all(one.items() >= {"costCenter": "42", **OWNERSHIP_TAGS}.items() for one in tags)


def test_a_missing_tag_is_refused_beforehand(emulator: RunningEmulator, target: AzureTarget) -> None:
    """The sentence names the policy and the tag, and the field that takes it; Azure refuses in its own words."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        assign(emulator, target, REQUIRED)
        before = written(emulator, target.resource_group)
        with pytest.raises(errors.InvalidSpec, match="'Costs' demands the tag costCenter") as known:
            azure.policies.check(new_group=False)
        assert written(emulator, target.resource_group) == before
        assert "Fill in Tags of the target, tags: costCenter" in known.value.hint
        with pytest.raises(errors.AccessDenied, match="was disallowed by policy") as refused:
            azure.workspace.create_or_update(SPEC)
        assert "tags: costCenter" in refused.value.hint
        assert azure.workspace.get() is None


def test_a_tag_that_a_policy_changes_causes_no_second_write(emulator: RunningEmulator, target: AzureTarget) -> None:
    """Azure answers as if all were well; the next run leaves the workspace's own resources alone."""
    tagged = target.model_copy(update={"tags": {"owner": "team"}})
    with connect(tagged) as azure:
        azure.resource_groups.create_if_absent()
        group = {"tags": {**OWNERSHIP_TAGS, "costCenter": "42"}}
        Management(emulator).ask("PATCH", target.resource_group_id, group, version="2021-04-01").raise_for_status()
        assign(emulator, target, INHERITED)
        made = azure.workspace.create_or_update(SPEC)
        assert made.tags.items() >= {"costCenter": "42", "owner": "team"}.items()
        before = written(emulator, target.resource_group)
        assert azure.workspace.create_or_update(SPEC).tags == made.tags
        assert written(emulator, target.resource_group) == before


def test_new_tags_reach_a_workspace_of_ours(emulator: RunningEmulator, target: AzureTarget) -> None:
    """Those that it has stay."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.workspace.create_or_update(SPEC)
    with connect(target.model_copy(update={"tags": {"costCenter": "42"}})) as azure:
        tags = azure.workspace.create_or_update(SPEC).tags
    assert tags.items() >= {"costCenter": "42", **OWNERSHIP_TAGS}.items()


def test_unreadable_policies_and_names_are_warnings(emulator: RunningEmulator, target: AzureTarget) -> None:
    """A refused read ends no run."""
    for path in ("policyAssignments", "deletedWorkspaces"):
        emulator.fault(action="fail", method="GET", path=path, status=403, code="AuthorizationFailed", message="No.")
    with connect(target) as azure:
        (warning,) = azure.policies.check(new_group=True)
        assert warning.startswith("Azure Policy was not checked")
        (warning,) = azure.names.check(is_group_there=False)
        assert warning.startswith("Deleted workspaces were not checked")


def test_the_name_of_a_deleted_workspace_is_refused_beforehand(emulator: RunningEmulator, target: AzureTarget) -> None:
    """The day on which it is free, and the purge that frees it now; Azure's own refusal gives the same advice."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.workspace.create_or_update(SPEC)
        Management(emulator).ask("DELETE", target.workspace_id, version=WORKSPACE_API).raise_for_status()
        until(lambda: azure.workspace.get() is None)
        with pytest.raises(errors.Conflict, match=r"stays taken until 20\d\d-\d\d-\d\d in resource group") as known:
            azure.names.check(is_group_there=True)
        purge = f'az rest --method delete --url "{target.workspace_id}?api-version=2024-10-01&forceToPurge=true"'
        assert purge in known.value.hint
        with pytest.raises(errors.Conflict, match="Soft-deleted workspace exists") as refused:
            azure.workspace.create_or_update(SPEC)
        assert purge in refused.value.hint
        taken = TakenName(kind="workspace", id=target.workspace_id, location=target.location)
        assert azure.names.purge([taken]) == ()
        assert azure.names.check(is_group_there=True) == ()


def test_a_protected_vault_stays_taken_after_a_purge(emulator: RunningEmulator, target: AzureTarget) -> None:
    """The workspace is gone for good; a vault without protection, too."""
    management = Management(emulator)
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        workspace = azure.workspace.create_or_update(SPEC)
        assert workspace.key_vault
        management.ask(
            "PATCH", workspace.key_vault, {"properties": {"enablePurgeProtection": True}}, version="2023-07-01"
        ).raise_for_status()
        names = azure.names.taken_by(azure.resource_groups.resources())
        assert {(one.kind, one.is_protected) for one in names} == {("workspace", False), ("key vault", True)}
        azure.resource_groups.claim()
        (kept,) = azure.names.purge(names)
        assert kept.kind == "key vault"
        assert azure.names.check(is_group_there=True) == ()
        (deleted,) = azure.names.deleted_vaults()
        assert (deleted.id.lower(), deleted.is_protected) == (workspace.key_vault.lower(), True)


def test_a_lock_is_said_with_who_may_remove_it(emulator: RunningEmulator, target: AzureTarget) -> None:
    """ScopeLocked, with the command that shows the lock."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        lock = f"{target.resource_group_id}/providers/Microsoft.Authorization/locks/keep"
        body = {"properties": {"level": "CanNotDelete"}}
        Management(emulator).ask("PUT", lock, body, version="2020-05-01").raise_for_status()
        with pytest.raises(errors.AccessDenied, match="following scope") as locked:
            azure.resource_groups.delete()
        assert f"az lock list --resource-group {target.resource_group}" in locked.value.hint


def test_locks_are_known_before_a_deletion(emulator: RunningEmulator, target: AzureTarget) -> None:
    """One in the group or above concerns the group, another endpoint's does not concern an endpoint."""
    vault = f"{target.resource_group_id}/providers/Microsoft.KeyVault/vaults/locked-vault"
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.locks.require_none(target.resource_group_id)
        management = Management(emulator)
        body = {"location": "westeurope", "properties": {"sku": {"name": "standard", "family": "A"}}}
        management.ask("PUT", vault, body, version="2023-07-01").raise_for_status()
        lock = f"{vault}/providers/Microsoft.Authorization/locks/keep"
        level = {"properties": {"level": "CanNotDelete"}}
        management.ask("PUT", lock, level, version="2020-05-01").raise_for_status()
        with pytest.raises(errors.Conflict, match=r"keep \(CanNotDelete\) at /subscriptions/.*/locked-vault") as known:
            azure.locks.require_none(target.resource_group_id)
        assert f"az lock delete --ids {lock}" in known.value.hint
        azure.locks.require_none(target.endpoint_id("churn"))


def test_a_purge_that_was_stopped_goes_on(emulator: RunningEmulator, target: AzureTarget) -> None:
    """A vault that was deleted and not purged is found again, and the registry that Azure made is still ours."""
    management = Management(emulator)
    registry = f"{target.resource_group_id}/providers/Microsoft.ContainerRegistry/registries/{'0e' * 16}"
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        body = {"location": "westeurope", "sku": {"name": "Premium"}}
        management.ask("PUT", registry, body, version="2023-07-01").raise_for_status()
        workspace = azure.workspace.create_or_update(WorkspaceSpec(container_registry=registry))
        azure.resource_groups.claim()
        names = azure.names.taken_by(azure.resource_groups.resources())
        management.ask("DELETE", workspace.key_vault or "", version="2023-07-01").raise_for_status()
        (deleted,) = azure.names.deleted_vaults()
        assert azure.names.purge([*(one for one in names if one.kind == "workspace"), deleted]) == ()
        assert azure.names.deleted_vaults() == ()
        assert azure.resource_groups.holdings().foreign == ()
