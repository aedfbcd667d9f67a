"""Create the candidate deployment of a rollout, from the stable deployment or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tasks.clients.control_plane.online_deployments import (
    ONLINE_DEPLOYMENT_API,
    OnlineDeployments,
    as_online_deployment,
)
from tasks.clients.control_plane.workspaces import WORKSPACE_API, as_workspace
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.matching import DEFINITION_TAG
from tasks.clients.transport.wire import Json
from tasks.domain.azure.online_deployment import OnlineDeployment, OnlineDeploymentSpec
from tasks.domain.azure.quota import Machines
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import ROLLOUT_TAG

_MODEL_API: Final = "2023-08-01-preview"

# Values that Azure sets, and values that belong to the original alone.
_READ_ONLY: Final = frozenset({"provisioningState"})
_EGRESS: Final = "egressPublicNetworkAccess"
_OWN_PROPERTIES: Final = frozenset({"AzureAsyncOperationUri"})
_OWN_TAGS: Final = frozenset({DEFINITION_TAG.lower(), ROLLOUT_TAG.lower()})


class Replicas:
    """Copies of online deployments, changed as a revision says."""

    def __init__(self, target: AzureTarget, arm: Arm, online_deployments: OnlineDeployments) -> None:
        self._target = target
        self._arm = arm
        self._online_deployments = online_deployments

    def check(self, revision: Revision) -> tuple[str, ...]:
        """Validate a revision's file, and check that its model version is in the workspace.

        A model version of a registry is not checked.

        Returns:
            Warnings, see ``OnlineDeployments.check``.

        Raises:
            InvalidSpec: See ``OnlineDeployments.check``.
            NotFound: When the model version does not exist.
        """
        warnings: tuple[str, ...] = ()
        if revision.kind == "file":
            workspace = as_workspace(self._arm.read("read the workspace", self._target.workspace_id, WORKSPACE_API))
            managed = workspace.managed_network.is_on
            warnings = self._online_deployments.check(_spec(revision, "next"), managed_network=managed)
        model = revision.model_id(self._target.workspace_id)
        if model.startswith("/"):
            self._arm.read(f"read {revision.title}", model, _MODEL_API)
        return warnings

    def machines(self, endpoint: str, original: str, revision: Revision) -> Machines:
        """Return the candidate's instance type and count.

        Raises:
            NotFound: When the original does not exist.
            InvalidSpec: See ``load_online_deployment``.
        """
        if revision.kind == "file":
            return self._online_deployments.machines(_spec(revision, "next"))
        shown = as_online_deployment(self._read(endpoint, original))
        return Machines(instance_type=shown.instance_type, instance_count=shown.instance_count)

    def make(
        self, endpoint: str, original: str, name: str, revision: Revision, tags: Mapping[str, str]
    ) -> OnlineDeployment:
        """Create the candidate without traffic, and wait until its instances run. Safe to run again.

        Args:
            endpoint: The endpoint of both.
            original: The online deployment to copy.
            name: The candidate's name.
            revision: The change.
            tags: Additional tags of the candidate.

        Raises:
            NotFound: When the original does not exist.
            NotOwned: When an online deployment that this project did not create would have to change.
            QuotaExceeded: When the quota or the region's capacity is too small.
            ProvisioningFailed: With Azure's reason and the last lines of the logs.
        """
        if revision.kind == "file":
            spec = _spec(revision, name)
            assets = self._online_deployments.upload(spec)
            return self._online_deployments.create_or_update(endpoint, spec, assets, tags=tags)
        body = replica_of(self._read(endpoint, original), revision.model_id(self._target.workspace_id))
        body["tags"] |= tags
        return self._online_deployments.make(endpoint, name, body)

    def _read(self, endpoint: str, name: str) -> Json:
        path = self._target.online_deployment_id(endpoint, name)
        return self._arm.read(f"read online deployment {name}", path, ONLINE_DEPLOYMENT_API)


def _spec(revision: Revision, name: str) -> OnlineDeploymentSpec:
    return OnlineDeploymentSpec(name=name, file=revision.file)


def replica_of(original: Json, model_id: str = "") -> Json:
    """Return the request body that creates a copy under another name.

    Args:
        original: The original's JSON from Azure, with probes, environment variables, limits and scaling.
        model_id: The model version to use instead; empty to keep the original's.
    """
    shown = original["properties"]
    properties: Json = {name: one for name, one in shown.items() if name not in _READ_ONLY and one is not None}
    # Azure shows Enabled where it was not set, and refuses it in a request under a managed network.
    if str(properties.get(_EGRESS)).lower() == "enabled":
        del properties[_EGRESS]
    properties["properties"] = _without(shown.get("properties"), _OWN_PROPERTIES)
    if model_id:
        properties["model"] = model_id
    body: Json = {name: original[name] for name in ("location", "kind", "sku") if original.get(name) is not None}
    body["tags"] = {name: one for name, one in (original.get("tags") or {}).items() if name.lower() not in _OWN_TAGS}
    body["properties"] = properties
    if users := (original.get("identity") or {}).get("userAssignedIdentities"):
        body["identity"] = {"type": original["identity"]["type"], "userAssignedIdentities": {one: {} for one in users}}
    return body


def _without(values: Json | None, names: frozenset[str]) -> Json:
    return {name: one for name, one in (values or {}).items() if name not in names}
