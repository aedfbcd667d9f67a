"""Uploads to a storage account that keeps callers out: by its network rules, without keys, without a data role."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.emulator.management import Management
from support.emulator.private_access import connect_privately
from support.emulator.running import RunningEmulator
from support.emulator.storage_accounts import STORAGE, give_role

from tasks.clients.connect import Azure, connect
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

IDENTITY = WorkspaceSpec(storage_access="identity")


def refusal(azure: Azure, files: Path) -> errors.EndpointOpsError:
    """The error of an upload."""
    spec = OnlineDeploymentSpec(name="blue", file=str(files / "blue-deployment.yml"))
    with pytest.raises(errors.AccessDenied) as refused:
        azure.online_deployments.upload(spec)
    return refused.value


def test_each_way_of_keeping_uploads_out_has_its_own_fix(
    emulator: RunningEmulator, target: AzureTarget, files: Path
) -> None:
    """Network rules, shared keys and the data role: by Azure's code, with the command and the account's name."""
    management = Management(emulator)
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        made = azure.workspace.create_or_update(WorkspaceSpec())
        account = made.storage_account or ""
        found = refusal(azure, files)
        assert found.origin.code == "AuthorizationFailure"
        assert f"network-rule add --account-name {account.rsplit('/', 1)[-1]}" in found.hint
        connect_privately(target)

        keys_off: dict[str, Any] = {"properties": {"allowSharedKeyAccess": False}}
        management.ask("PATCH", account, keys_off, STORAGE).raise_for_status()
        with pytest.raises(errors.InvalidSpec, match="takes no shared keys"):
            azure.storage_access.check(WorkspaceSpec())
        found = refusal(azure, files)
        assert found.origin.code == "KeyBasedAuthenticationNotPermitted"
        assert "workspace.storage_access to identity" in found.hint

        azure.storage_access.apply(azure.workspace.create_or_update(IDENTITY), IDENTITY)
        with pytest.raises(errors.AccessDenied, match=r"blobs/write on /subscriptions/.*/storageAccounts/"):
            azure.storage_access.check(IDENTITY)
        found = refusal(azure, files)
        assert found.origin.code == "AuthorizationPermissionMismatch"
        assert "--role 'Storage Blob Data Contributor'" in found.hint

        give_role(management, account, "Storage Blob Data Contributor")
        azure.storage_access.check(IDENTITY)
        azure.online_deployments.upload(OnlineDeploymentSpec(name="blue", file=str(files / "blue-deployment.yml")))


def test_the_role_for_a_new_account_is_given_above_it(emulator: RunningEmulator, target: AzureTarget) -> None:
    """Before there is an account, the role is needed on what it will inherit from: here the subscription."""
    with connect(target) as azure:
        with pytest.raises(errors.AccessDenied) as refused:
            azure.storage_access.check(IDENTITY)
        azure.storage_access.check(WorkspaceSpec())
    assert refused.value.hint.count(f"--scope {target.subscription_path}.") == 1
