"""Private access of callers to the workspace, and of uploads to its storage account."""

from __future__ import annotations

from tasks.clients.control_plane.private_access.check import PrivateAccessCheck
from tasks.clients.control_plane.private_access.connection import PrivateConnection
from tasks.clients.control_plane.private_access.removal import PrivateAccessRemoval
from tasks.clients.control_plane.storage_accounts import read_storage_account
from tasks.clients.control_plane.workspaces import Workspaces
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.waiting import Waiting
from tasks.domain.azure.networking.dns import BLOB_ZONES, workspace_zones
from tasks.domain.azure.networking.private_access import FarEnd, PrivateAccess, PrivateAccessParts, PrivateAccessSpec
from tasks.domain.azure.storage import StorageAccount
from tasks.domain.common.target import AzureTarget


class PrivateAccessClient:
    """The private access of the target's workspace and of its storage account."""

    def __init__(self, target: AzureTarget, arm: Arm, waiting: Waiting, workspace: Workspaces) -> None:
        self._target = target
        self._arm = arm
        self._waiting = waiting
        self._workspace = workspace
        far_end = FarEnd(
            id=target.workspace_id,
            kind="workspace",
            group="amlworkspace",
            zones=workspace_zones(target.cloud),
        )
        self._to_workspace = PrivateConnection(target, arm, waiting, far_end)

    def check(self, spec: PrivateAccessSpec | None) -> tuple[str, ...]:
        """Refuse what can't work before anything is created; see ``PrivateAccessCheck``. Returns warnings."""
        return PrivateAccessCheck(self._target, self._arm, self._to_workspace).run(spec)

    def check_uploads(self, spec: PrivateAccessSpec | None) -> None:
        """Refuse uploads that can't work: the account of a new workspace with a managed network is not public.

        Raises:
            InvalidSpec: Without a way to the storage account, or a zone that leads there.
        """
        account = self._storage()
        if account is None or not account.is_public:
            check = PrivateAccessCheck(self._target, self._arm, self._to_workspace)
            check.require_uploads(spec, self._to_storage(account) if account else None, BLOB_ZONES[self._target.cloud])

    def connect(self, spec: PrivateAccessSpec) -> PrivateAccess:
        """Give callers private access to the workspace; see ``PrivateConnection.connect``."""
        return self._to_workspace.connect(spec)

    def connect_storage(self, spec: PrivateAccessSpec) -> PrivateAccess | None:
        """Give uploads private access to the workspace's storage account; see ``PrivateConnection.connect``.

        azure-ai-ml closes the account that it creates for a workspace with a managed network. Returns None for one that
        takes callers from everywhere.
        """
        account = self._storage()
        return None if account is None or account.is_public else self._to_storage(account).connect(spec)

    def parts(self) -> PrivateAccessParts:
        """What a teardown of the workspace would remove, and what it would leave; only reads."""
        return self._removal().parts()

    def remove(self) -> PrivateAccessParts:
        """Remove what this project made; see ``PrivateAccessRemoval``. Returns what was removed and left."""
        return self._removal().remove()

    def _removal(self) -> PrivateAccessRemoval:
        account = self._storage()
        connections = [self._to_workspace, *([self._to_storage(account)] if account else [])]
        return PrivateAccessRemoval(self._target, self._arm, connections)

    def _storage(self) -> StorageAccount | None:
        present = self._workspace.get()
        if present is None or present.storage_account is None:
            return None
        return read_storage_account(self._arm, present.storage_account)

    def _to_storage(self, account: StorageAccount) -> PrivateConnection:
        far_end = FarEnd(
            id=account.id,
            kind="storage account",
            group="blob",
            zones=(BLOB_ZONES[self._target.cloud],),
        )
        return PrivateConnection(self._target, self._arm, self._waiting, far_end)
