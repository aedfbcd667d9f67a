"""Access to the workspace's storage account: with its keys, or by the roles of whoever reads and writes."""

from __future__ import annotations

from typing import Final

from tasks.clients.control_plane.governance.access import Access
from tasks.clients.control_plane.storage_accounts import STORAGE_API, read_storage_account
from tasks.clients.control_plane.workspaces import WORKSPACE_API, Workspaces
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json
from tasks.domain.azure.governance.access import missing_data_actions
from tasks.domain.azure.ownership import belongs_to, is_owned
from tasks.domain.azure.storage import UPLOAD_ACTIONS, UPLOAD_ROLE
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_SECONDS: Final = 600
_BLOB_STORE: Final = "workspaceblobstore"


class StorageAccessClient:
    """Whether uploads to the target's workspace use keys or identities, and what they need."""

    def __init__(self, target: AzureTarget, arm: Arm, access: Access, workspace: Workspaces) -> None:
        self._target = target
        self._arm = arm
        self._access = access
        self._workspace = workspace

    def check(self, spec: WorkspaceSpec) -> None:
        """Check that the identity may upload files; only reads.

        Raises:
            InvalidSpec: When the account takes no shared keys and the datastores use them.
            AccessDenied: Where identities upload, and this one lacks the role for it.
        """
        present = self._workspace.get()
        if present is None or present.storage_account is None:
            if spec.storage_access == "identity":
                self._require_role(self._scope_of_new())
            return
        account = read_storage_account(self._arm, present.storage_account)
        uses_identity = spec.storage_access == "identity" or not _has_key(self._blob_store(present))
        if uses_identity:
            self._require_role(account.id)
        elif not account.takes_keys:
            raise errors.InvalidSpec(
                f"storage account {account.name} takes no shared keys, and the datastores of workspace {present.name} "
                "use them, so no file could be uploaded",
                f"Set workspace.storage_access to identity. Or allow shared keys: az storage account update --ids "
                f"{account.id} --allow-shared-key-access true",
            )

    def apply(self, present: Workspace, spec: WorkspaceSpec) -> None:
        """Let the datastores of a workspace that this project made use identities, and turn its shared keys off.

        Safe to run again: what is so already is not changed. The mode of the workspace decides only how its datastores
        begin, so each is changed by itself. An account that others made keeps its keys.
        """
        if (
            spec.storage_access != "identity"
            or not is_owned(present.tags, present.id)
            or present.storage_account is None
        ):
            return
        for one in self._arm.read_all("list datastores", f"{present.id}/datastores", WORKSPACE_API):
            if _has_key(one) and _is_on(one, present.storage_account):
                self._forget_key(one)
        body = self._arm.read("read the storage account", present.storage_account, STORAGE_API)
        if (
            belongs_to(present.id, body["id"], body.get("tags"))
            and body["properties"].get("allowSharedKeyAccess") is not False
        ):
            off = {"properties": {"allowSharedKeyAccess": False}}
            call = Call("turn shared keys off", "PATCH", present.storage_account, STORAGE_API, off)
            self._arm.run(call, limit_seconds=_SECONDS)

    def _forget_key(self, datastore: Json) -> None:
        """Write the datastore without credentials; the default one has to say that it is, or Azure rejects it."""
        kept = ("description", "tags", "isDefault", "datastoreType", "accountName", "containerName", "fileShareName")
        properties = {name: datastore["properties"][name] for name in kept if datastore["properties"].get(name)}
        body = {"properties": {**properties, "credentials": {"credentialsType": "None"}}}
        doing = f"let datastore {datastore['name']} use identities"
        self._arm.run(Call(doing, "PUT", datastore["id"], WORKSPACE_API, body), limit_seconds=_SECONDS)

    def _blob_store(self, present: Workspace) -> Json:
        return self._arm.find("read datastore", f"{present.id}/datastores/{_BLOB_STORE}", WORKSPACE_API) or {}

    def _scope_of_new(self) -> str:
        """The scope whose roles a new account inherits."""
        group = self._arm.find("read the resource group", self._target.resource_group_id, "2021-04-01")
        return self._target.resource_group_id if group else self._target.subscription_path

    def _require_role(self, scope: str) -> None:
        missing = missing_data_actions(self._access.permissions_at(scope), UPLOAD_ACTIONS)
        if missing:
            raise errors.AccessDenied(
                f"the identity may not upload to the workspace's storage account: it lacks {', '.join(missing)} on "
                f"{scope}",
                f"Owner and Contributor give no access to data. Run: az role assignment create --assignee-object-id "
                f"{self._access.object_id()} --role '{UPLOAD_ROLE}' --scope {scope}. A new assignment takes up to ten "
                "minutes.",
            )


def _is_on(datastore: Json, account_id: str) -> bool:
    """Return whether a datastore is on a storage account."""
    name = str(datastore["properties"].get("accountName") or "")
    return name.lower() == account_id.rsplit("/", 1)[-1].lower()


def _has_key(datastore: Json) -> bool:
    kind = (datastore.get("properties", {}).get("credentials") or {}).get("credentialsType")
    return kind in {"AccountKey", "Sas"}
