"""The workspace's container registry: Premium, and with a build compute where images are private."""

from __future__ import annotations

from typing import Final

from tasks.clients.control_plane.computes import Computes
from tasks.clients.control_plane.workspaces import Workspaces
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json, state_of
from tasks.domain.azure.ownership import is_made_by_azure, is_owned
from tasks.domain.azure.registry import ContainerRegistry, PrivateEndpointConnection
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.commands import argument
from tasks.domain.common.target import AzureTarget

_API: Final = "2023-07-01"


class Registry:
    """The container registry of the target's workspace."""

    def __init__(self, target: AzureTarget, arm: Arm, workspace: Workspaces, computes: Computes) -> None:
        self._target = target
        self._arm = arm
        self._workspace = workspace
        self._computes = computes

    def get(self) -> ContainerRegistry | None:
        """Read the registry; None while the workspace has none (Azure creates one with the first image).

        Raises:
            NotFound: When the workspace, or the registry that it names, does not exist.
        """
        workspace = self._required_workspace()
        return self._read(workspace.container_registry) if workspace.container_registry else None

    def check(self, spec: WorkspaceSpec) -> tuple[str, ...]:
        """Check, before anything is created, that ``secure`` will find what it needs. Only reads.

        Returns:
            Warnings: what could not be checked, or must be made before images can be built.

        Raises:
            InvalidSpec: See ``secure``; also when the spec's registry, or the workspace's own build compute, does not
                exist.
            NotOwned: See ``secure``.
        """
        workspace = self._workspace.get()
        compute = spec.image_build_compute or (workspace.image_build_compute if workspace else "")
        if compute and not spec.image_build_compute:
            self._require_compute(compute)
        named = spec.container_registry or (workspace.container_registry if workspace else "")
        if not named:
            return ()
        try:
            registry = self._read(named)
        except errors.NotFound as error:
            raise errors.InvalidSpec(
                f"container_registry {named} does not exist: {error.message}", "Correct its ARM id, or create it first."
            ) from error
        except errors.AccessDenied as error:
            return (f"Not checked: container registry {registry_name(named)}: {error.message}",)
        self._require_builder(registry, compute)
        if not registry.is_premium:
            self._require_consent(registry, spec, workspace)
        return ()

    def secure(self, spec: WorkspaceSpec, *, limit_seconds: float = 900) -> ContainerRegistry | None:
        """Ensure that images can be built and pulled without public access.

        Upgrades the registry to Premium, which private endpoints require. A registry without public access needs a
        compute that builds the images. Safe to run again.

        Source: learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet (container registry).

        Raises:
            InvalidSpec: When a private registry has no build compute.
            NotOwned: When a registry that this project did not create would have to become Premium, and the spec does
                not allow it.
        """
        workspace = self._required_workspace()
        compute = spec.image_build_compute or workspace.image_build_compute
        if not workspace.container_registry:
            return None
        registry = self._read(workspace.container_registry)
        self._require_builder(registry, compute)
        if registry.is_premium:
            return registry
        self._require_consent(registry, spec, workspace)
        doing = f"upgrade container registry {registry.name} to Premium"
        body: Json = {"sku": {"name": "Premium"}}
        return as_registry(self._arm.run(Call(doing, "PATCH", registry.id, _API, body), limit_seconds=limit_seconds))

    def _read(self, resource_id: str) -> ContainerRegistry:
        body = self._arm.read(f"read container registry {registry_name(resource_id)}", resource_id, _API)
        return as_registry(body)

    def _require_builder(self, registry: ContainerRegistry, compute: str | None) -> None:
        if registry.is_private and not compute:
            raise errors.InvalidSpec(
                f"container registry {registry.name} is private, and the workspace has no image_build_compute",
                "Set image_build_compute to a compute cluster in the workspace's region, to build the images.",
            )

    def _require_consent(self, registry: ContainerRegistry, spec: WorkspaceSpec, workspace: Workspace | None) -> None:
        """Require that the registry is ours, or that the spec allows a change of somebody else's.

        That our workspace uses it makes it ours only where Azure made it.
        """
        ours = (
            workspace is not None
            and is_owned(workspace.tags, workspace.id)
            and is_made_by_azure(workspace.id, registry.id, registry.tags)
        )
        if not (ours or is_owned(registry.tags, registry.id) or spec.upgrade_registry):
            raise errors.NotOwned(
                f"container registry {registry.name} is {registry.sku}, which allows no private endpoint, and this "
                "project did not create it",
                f"Turn on workspace.upgrade_registry, run: az acr update --name {argument(registry.name)} --sku "
                "Premium (both cost more), or use another registry.",
            )

    def _require_compute(self, name: str) -> None:
        if not self._computes.exists(name):
            raise errors.InvalidSpec(
                f"the workspace's image_build_compute {name!r} does not exist in workspace {self._target.workspace}",
                f"Set workspace.image_build_compute to {name!r}, and the run creates it; or name another one.",
            )

    def _required_workspace(self) -> Workspace:
        workspace = self._workspace.get(expected=True)
        if workspace is None:
            raise errors.NotFound(f"workspace {self._target.workspace} does not exist", "Create the workspace first.")
        return workspace


def registry_name(resource_id: str) -> str:
    """The name of a registry in its ARM id."""
    return resource_id.rsplit("/", 1)[-1]


def as_registry(body: Json) -> ContainerRegistry:
    """Return the value for a registry's JSON."""
    properties = body.get("properties") or {}
    return ContainerRegistry(
        id=body["id"],
        name=body["name"],
        location=body.get("location") or "",
        sku=(body.get("sku") or {}).get("name") or "",
        provisioning_state=state_of(body),
        public_network_access=(properties.get("publicNetworkAccess") or "Enabled").lower(),
        allows_azure_services=(properties.get("networkRuleBypassOptions") or "AzureServices") == "AzureServices",
        private_endpoint_connections=tuple(
            as_connection(one) for one in properties.get("privateEndpointConnections") or ()
        ),
        tags=body.get("tags") or {},
    )


def as_connection(body: Json) -> PrivateEndpointConnection:
    """Return the value for a private endpoint connection's JSON."""
    properties = body.get("properties") or {}
    state = properties.get("privateLinkServiceConnectionState") or {}
    return PrivateEndpointConnection(
        id=body["id"],
        name=body.get("name") or "",
        status=state.get("status") or "",
        description=state.get("description") or "",
        private_endpoint_id=(properties.get("privateEndpoint") or {}).get("id") or "",
    )
