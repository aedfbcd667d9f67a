"""Makes the next online deployment of a rollout, from what serves now or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tasks.clients.control_plane.definitions import load_online_deployment
from tasks.clients.control_plane.online_deployments import (
    ONLINE_DEPLOYMENT_API,
    OnlineDeployments,
    as_online_deployment,
)
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.matching import DEFINITION_TAG
from tasks.clients.transport.wire import Json
from tasks.domain.azure.online_deployment import OnlineDeployment, OnlineDeploymentSpec
from tasks.domain.azure.quota import Machines
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import ROLLOUT_TAG

_MODEL_API: Final = "2023-08-01-preview"

# Azure's own, and what belongs to the one original alone.
_READ_ONLY: Final = frozenset({"provisioningState"})
_OWN_PROPERTIES: Final = frozenset({"AzureAsyncOperationUri"})
_OWN_TAGS: Final = frozenset({DEFINITION_TAG.lower(), ROLLOUT_TAG.lower()})


class Replicas:
    """Online deployments that are like another one, but for what a revision says."""

    def __init__(self, target: AzureTarget, arm: Arm, online_deployments: OnlineDeployments) -> None:
        self._target = target
        self._arm = arm
        self._online_deployments = online_deployments

    def check(self, revision: Revision) -> None:
        """Refuse a revision whose file is wrong, or whose model version is not in the workspace.

        A model version of a registry is for Azure to look up.

        Raises:
            InvalidSpec: See ``load_online_deployment``.
            NotFound: With the model version.
        """
        if revision.kind == "file":
            self._online_deployments.check(_spec(revision, "next"))
        model = revision.model_id(self._target.workspace_id)
        if model.startswith("/"):
            self._arm.read(f"read {revision.title}", model, _MODEL_API)

    def machines(self, endpoint: str, original: str, revision: Revision) -> Machines:
        """The machines that the next one will have.

        Raises:
            NotFound: Without the original.
            InvalidSpec: See ``load_online_deployment``.
        """
        if revision.kind == "file":
            asked = load_online_deployment(_spec(revision, "next"), endpoint)
            return Machines(instance_type=str(asked.instance_type or ""), instance_count=int(asked.instance_count or 1))
        shown = as_online_deployment(self._read(endpoint, original))
        return Machines(instance_type=shown.instance_type, instance_count=shown.instance_count)

    def make(
        self, endpoint: str, original: str, name: str, revision: Revision, tags: Mapping[str, str]
    ) -> OnlineDeployment:
        """Make the next one, without traffic, and wait until its instances run. Safe to run again.

        Args:
            endpoint: The endpoint of both.
            original: The one to be like.
            name: The next one's.
            revision: What is new.
            tags: Further tags of the next one.

        Raises:
            NotFound: Without the original.
            NotOwned: When an online deployment that is not ours would have to change.
            QuotaExceeded: When the region has no room for it.
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
    """What has to be put to get the same under another name.

    Args:
        original: As Azure shows it, with all that only the team's file knew: probes, variables, limits, scaling.
        model_id: The model version to use instead.
    """
    shown = original["properties"]
    properties: Json = {name: one for name, one in shown.items() if name not in _READ_ONLY and one is not None}
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
