"""Names that stay taken after a deletion: found before a creation, and freed by a teardown that purges."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from tasks.clients.control_plane.workspaces import WORKSPACE_API
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json
from tasks.domain.azure.governance.soft_delete import TakenName, taken_advice
from tasks.domain.azure.resource_group import Resource
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_DELETED_API: Final = "2024-10-01"
_VAULT_API: Final = "2023-07-01"
_SECONDS: Final = 1800
_WORKSPACES: Final = "microsoft.machinelearningservices/workspaces"
_VAULTS: Final = "microsoft.keyvault/vaults"
_UNREAD: Final = (errors.AccessDenied, errors.NotFound, errors.RequestRefused)


class Names:
    """The names of the target's workspace, and of the key vaults in its resource group."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._target = target
        self._arm = arm

    def check(self, *, is_group_there: bool) -> tuple[str, ...]:
        """Refuse the name of a workspace that was deleted softly; only reads.

        Returns:
            Warnings: that the deleted workspaces could not be read.

        Raises:
            Conflict: With the day on which the name is free, and the commands that free it before.
        """
        try:
            taken = self._deleted_workspace()
        except _UNREAD as error:
            return (f"Deleted workspaces were not checked, whose names stay taken for 14 days: {error.message}",)
        if taken is None:
            return ()
        until = f" until {taken.until}" if taken.until else f" for {taken.days} days after the deletion"
        raise errors.Conflict(
            f"the name of workspace {taken.name} stays taken{until} in resource group {taken.resource_group}: a "
            "workspace of this name was deleted, and Azure keeps it for recovery",
            taken_advice(taken, is_group_there=is_group_there),
        )

    def _deleted_workspace(self) -> TakenName | None:
        path = f"{self._target.subscription_path}/providers/Microsoft.MachineLearningServices/deletedWorkspaces"
        wanted = json.dumps(self._target.workspace_id).lower()
        for one in self._arm.read_all("list deleted workspaces", path, _DELETED_API):
            # Azure documents no form of the entries; each names the workspace's id somewhere.
            if wanted in json.dumps(one).lower():
                until = str((one.get("properties") or {}).get("scheduledPurgeDate") or "")[:10]
                location = one.get("location") or self._target.location
                return TakenName(kind="workspace", id=self._target.workspace_id, location=location, until=until)
        return None

    def taken_by(self, resources: Iterable[Resource]) -> tuple[TakenName, ...]:
        """The workspaces and key vaults among resources, whose names stay taken after their deletion."""
        found: list[TakenName] = []
        for one in resources:
            if one.type.lower() == _WORKSPACES:
                found.append(TakenName(kind="workspace", id=one.id, location=one.location))
            elif one.type.lower() == _VAULTS:
                body = self._arm.find(f"read key vault {one.name}", one.id, _VAULT_API)
                found += [_vault(one, body)] if body else []
        return tuple(found)

    def deleted_vaults(self) -> tuple[TakenName, ...]:
        """The deleted vaults of the resource group, such as a stopped teardown leaves; none where unreadable."""
        path = f"{self._target.subscription_path}/providers/Microsoft.KeyVault/deletedVaults"
        try:
            listing = self._arm.read_all("list deleted key vaults", path, _VAULT_API)
        except _UNREAD:
            return ()
        group = f"{self._target.resource_group_id}/".lower()
        return tuple(_deleted(one) for one in listing if one["properties"]["vaultId"].lower().startswith(group))

    def purge(self, names: Iterable[TakenName]) -> tuple[TakenName, ...]:
        """Delete workspaces and vaults for good, and wait until they are gone; the vaults after their workspaces.

        Safe to run again: what is gone is fine.

        Returns:
            Those that stay taken: protected vaults, and those whose purge the identity may not ask for.
        """
        ordered = sorted(names, key=lambda one: one.kind != "workspace")
        return tuple(one for one in ordered if not self._purge(one))

    def _purge(self, one: TakenName) -> bool:
        doing = f"purge {one.kind} {one.name}"
        if one.kind == "workspace":
            self._arm.run(Call(doing, "DELETE", f"{one.id}?forceToPurge=true", WORKSPACE_API), limit_seconds=_SECONDS)
            return True
        if not one.until:
            self._arm.run(Call(f"delete {one.kind} {one.name}", "DELETE", one.id, _VAULT_API), limit_seconds=_SECONDS)
        if one.is_protected:
            return False
        try:
            self._arm.run(Call(doing, "POST", f"{self._deleted_id(one)}/purge", _VAULT_API), limit_seconds=_SECONDS)
        except errors.AccessDenied:
            return False
        except errors.NotFound:
            return bool(one.until)  # else it was deleted just now, and is not listed yet
        return True

    def _deleted_id(self, one: TakenName) -> str:
        place = f"{self._target.subscription_path}/providers/Microsoft.KeyVault/locations/{one.location}"
        return f"{place}/deletedVaults/{one.name}"


def _vault(one: Resource, body: Json) -> TakenName:
    properties = body["properties"]
    return TakenName(
        kind="key vault",
        id=one.id,
        location=body["location"],
        days=int(properties.get("softDeleteRetentionInDays") or 90),
        is_protected=bool(properties.get("enablePurgeProtection")),
    )


def _deleted(body: Json) -> TakenName:
    properties = body["properties"]
    return TakenName(
        kind="key vault",
        id=properties["vaultId"],
        location=properties["location"],
        until=str(properties.get("scheduledPurgeDate") or "")[:10],
        is_protected=bool(properties.get("purgeProtectionEnabled")),
    )
