"""The workspace: read first, created through the SDK's template, changed only where that is allowed."""

from __future__ import annotations

import re
from typing import Final

from tasks.clients.transport.arm import Arm
from tasks.clients.transport.errors import refusal, translated
from tasks.clients.transport.sdk import Sdk
from tasks.clients.transport.waiting import Pending, Waiting
from tasks.clients.transport.wire import Call, Json, state_of
from tasks.domain.azure.networking.network import WIRE_ISOLATION_MODES, ManagedNetwork
from tasks.domain.azure.ownership import handover, is_owned, with_ownership
from tasks.domain.azure.provisioning import has_failed, is_settled
from tasks.domain.azure.workspace import (
    DATASTORES_AUTH_MODES,
    Workspace,
    WorkspaceChanges,
    WorkspaceSpec,
    changes_for,
)
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

WORKSPACE_API: Final = "2024-10-01-preview"
_DEPLOYMENTS_API: Final = "2020-06-01"


class Workspaces:
    """The target's workspace."""

    def __init__(self, target: AzureTarget, arm: Arm, sdk: Sdk, waiting: Waiting) -> None:
        self._target = target
        self._arm = arm
        self._sdk = sdk
        self._waiting = waiting
        self._path = target.workspace_id
        self._what = f"workspace {target.workspace}"

    def get(self, *, expected: bool = False) -> Workspace | None:
        """Read the workspace; None if it is absent, with ``expected`` only if it is so on a recheck, too."""
        body = self._arm.find(f"read {self._what}", self._path, WORKSPACE_API, expected=expected)
        return as_workspace(body) if body else None

    def check(self, spec: WorkspaceSpec) -> Workspace | None:
        """Reject a spec that the existing workspace can't adopt. Writes nothing.

        Returns:
            The existing workspace, or None.

        Raises:
            InvalidSpec: See ``changes_for``.
        """
        present = self.get()
        if present:
            changes_for(spec, self._target.location, present, self._target.tags)
        return present

    def create_or_update(self, spec: WorkspaceSpec, *, limit_seconds: float = 3600) -> Workspace:
        """Create or update the workspace as the spec defines it, and wait until it settles.

        Safe to run again: waits for a creation or update in progress, whoever started it, and leaves an equal
        workspace unchanged.

        Raises:
            InvalidSpec: See ``changes_for``.
            NotOwned: When a workspace that this project did not create would have to change.
            ProvisioningFailed: With Azure's reason.
        """
        present = self._present(limit_seconds)
        if present is None:
            self._create(spec, limit_seconds)
            present = self._waiting.shown(self._what, lambda: self._made(limit_seconds))
        changes = changes_for(spec, self._target.location, present, self._target.tags)
        failed = has_failed(present.provisioning_state)
        return self._change(present, changes, limit_seconds) if changes.are_needed or failed else present

    def _present(self, limit_seconds: float) -> Workspace | None:
        """Wait until no operation runs on the workspace, and return it; None if it is absent.

        Also waits for the template deployment of a killed run, in which the workspace appears late.
        """
        body = self._arm.settle(self._what, self._path, WORKSPACE_API, limit_seconds=limit_seconds)
        running = next((one for one in self._templates() if not is_settled(state_of(one))), None) if not body else None
        if running:
            self._await_template(running, limit_seconds)
            body = self._arm.settle(self._what, self._path, WORKSPACE_API, limit_seconds=limit_seconds)
        return as_workspace(body) if body else None

    def _made(self, limit_seconds: float) -> Workspace:
        """Return the workspace that was just created.

        Raises:
            NotFound: When Azure does not show it.
        """
        if (present := self._present(limit_seconds)) is None:
            raise errors.NotFound(f"create {self._what}: its deployment succeeded, but Azure does not show it")
        return present

    def _create(self, spec: WorkspaceSpec, limit_seconds: float) -> None:
        from azure.ai.ml import entities  # noqa: PLC0415  # takes seconds, see Sdk

        workspace = entities.Workspace(
            name=self._target.workspace,
            location=self._target.location,
            tags=with_ownership(self._target.tags, self._target.workspace_id),
            managed_network=entities.ManagedNetwork(isolation_mode=WIRE_ISOLATION_MODES[spec.isolation_mode]),
            public_network_access=(spec.public_network_access or "disabled").capitalize(),
            container_registry=spec.container_registry,
            image_build_compute=spec.image_build_compute,
            system_datastores_auth_mode=DATASTORES_AUTH_MODES[spec.storage_access] if spec.storage_access else None,
        )
        earlier = {one["id"] for one in self._templates()}
        # The returned poller is unused: its wait ignores time limits and always takes 5 s.
        with translated(f"create {self._what}"):
            self._sdk.ml_client.workspaces.begin_create(workspace)

        def started() -> Json | None:
            """The deployment in question; None where the SDK made none, since the workspace is there."""
            found = next((one for one in self._templates() if one["id"] not in earlier), None)
            if not found and not self._arm.find(f"read {self._what}", self._path, WORKSPACE_API):
                raise errors.NotFound(f"create {self._what}: Azure does not show its deployment")
            return found

        template = self._waiting.shown(f"deployment of {self._what}", started)
        if template:
            self._await_template(template, limit_seconds)

    def _templates(self) -> list[Json]:
        """List the resource group's template deployments that the SDK named after this workspace."""
        path = f"{self._target.resource_group_id}/providers/Microsoft.Resources/deployments"
        listing = self._arm.read_all(f"list deployments that create {self._what}", path, _DEPLOYMENTS_API)
        named = re.compile(rf"{re.escape(self._target.workspace)}-\d+", re.IGNORECASE)
        return [one for one in listing if named.fullmatch(one["name"])]

    def _await_template(self, template: Json, limit_seconds: float) -> None:
        doing = f"create {self._what}"

        def observe() -> Json | Pending:
            body = self._arm.read(doing, template["id"], _DEPLOYMENTS_API)
            return body if is_settled(state_of(body)) else Pending(state_of(body).lower())

        where = f"Check the resource group's deployment {template['name']} in the portal."
        done = self._waiting.until(self._what, observe, limit_seconds=limit_seconds, where=where)
        if has_failed(state_of(done)):
            raise refusal(doing, None, {}, done["properties"].get("error"), self._path)

    def _change(self, present: Workspace, changes: WorkspaceChanges, limit_seconds: float) -> Workspace:
        if not is_owned(present.tags, present.id):
            raise errors.NotOwned(
                f"{self._what} was not created by this project, and differs from the spec: "
                f"{changes.model_dump(exclude_none=True) or present.provisioning_state}",
                "Change the spec to match the workspace, change the workspace manually, or hand it over: "
                f"{handover(present.id)}",
            )
        body: Json = {"properties": _as_patch(changes)}
        if changes.tags:
            body["tags"] = {**present.tags, **changes.tags}
        call = Call(f"update {self._what}", "PATCH", self._path, WORKSPACE_API, body)
        return as_workspace(self._arm.run(call, limit_seconds=limit_seconds))


def _as_patch(changes: WorkspaceChanges) -> Json:
    properties: Json = {}
    if changes.isolation_mode:
        properties["managedNetwork"] = {"isolationMode": WIRE_ISOLATION_MODES[changes.isolation_mode]}
    if changes.image_build_compute:
        properties["imageBuildCompute"] = changes.image_build_compute
    if changes.public_network_access:
        properties["publicNetworkAccess"] = changes.public_network_access.capitalize()
    if changes.storage_access:
        properties["systemDatastoresAuthMode"] = DATASTORES_AUTH_MODES[changes.storage_access]
    return properties


def as_workspace(body: Json) -> Workspace:
    """Return the value for a workspace's JSON."""
    properties = body["properties"]
    connections = properties.get("privateEndpointConnections") or ()
    return Workspace(
        id=body["id"],
        name=body["name"],
        location=body["location"],
        provisioning_state=state_of(body),
        guid=properties.get("workspaceId") or "",
        public_network_access=(properties.get("publicNetworkAccess") or "").lower(),
        v1_legacy_mode=bool(properties.get("v1LegacyMode")),
        managed_network=as_managed_network(properties.get("managedNetwork") or {}),
        container_registry=properties.get("containerRegistry") or None,
        key_vault=properties.get("keyVault") or None,
        storage_account=properties.get("storageAccount") or None,
        application_insights=properties.get("applicationInsights") or None,
        image_build_compute=properties.get("imageBuildCompute") or None,
        storage_access="identity" if properties.get("systemDatastoresAuthMode") == "identity" else "keys",
        private_endpoint_connections=tuple(one["id"] for one in connections),
        tags=body.get("tags") or {},
        principal_id=_principal(body.get("identity") or {}),
    )


def _principal(identity: Json) -> str:
    """Return the object id of a system-assigned identity, or of the first of others."""
    users = list((identity.get("userAssignedIdentities") or {}).values())
    return str(identity.get("principalId") or next((one.get("principalId") for one in users), None) or "")


def as_managed_network(body: Json) -> ManagedNetwork:
    """Return the value for the managed network in a workspace's JSON."""
    status = body.get("status") or {}
    return ManagedNetwork(
        isolation_mode=body.get("isolationMode") or "Disabled",
        status=status.get("status") or "Inactive",
        spark_ready=bool(status.get("sparkReady")),
        network_id=body.get("networkId") or "",
    )
