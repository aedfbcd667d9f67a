"""Online deployments: files uploaded while the network is provisioned, then created from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tasks.clients.control_plane.endpoints import ENDPOINT_API, as_endpoint
from tasks.clients.control_plane.files.definitions import (
    fingerprint,
    load_online_deployment,
    online_deployment_body,
    read_yaml,
)
from tasks.clients.control_plane.files.local_files import upload_warnings
from tasks.clients.data_plane.logs import Logs
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.errors import translated
from tasks.clients.transport.matching import matches_requested, matches_stamped, stamped
from tasks.clients.transport.sdk import Sdk
from tasks.clients.transport.wire import Call, Json, state_of
from tasks.domain.azure.logs import tail
from tasks.domain.azure.online_deployment import Assets, OnlineDeployment, OnlineDeploymentSpec
from tasks.domain.azure.online_deployment_settings import check_egress
from tasks.domain.azure.ownership import handover, is_owned
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.azure.quota import Machines
from tasks.domain.azure.traffic import share_of
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

if TYPE_CHECKING:
    from azure.ai.ml.entities import ManagedOnlineDeployment

ONLINE_DEPLOYMENT_API: Final = "2023-04-01-preview"
_LOG_LINES: Final = 40


class OnlineDeployments:
    """The online deployments of endpoints in the target's workspace."""

    def __init__(self, target: AzureTarget, arm: Arm, sdk: Sdk, logs: Logs) -> None:
        self._target = target
        self._arm = arm
        self._sdk = sdk
        self._logs = logs

    def check(self, spec: OnlineDeploymentSpec, *, managed_network: bool = True) -> tuple[str, ...]:
        """Validate the spec's files, without calling Azure.

        Returns:
            Warnings: files that look like secrets, and what the container may see otherwise than the worker.

        Raises:
            InvalidSpec: See ``load_online_deployment`` and, for a workspace with a managed network, ``check_egress``.
        """
        document = read_yaml(spec.file)
        if managed_network:
            check_egress(spec.file, document)
        load_online_deployment(spec, "not-asked")
        return upload_warnings(Path(spec.file), document)

    def machines(self, spec: OnlineDeploymentSpec) -> Machines:
        """Return the instance type and count of a spec's file, without calling Azure.

        Raises:
            InvalidSpec: See ``load_online_deployment``.
        """
        loaded = load_online_deployment(spec, "not-asked")
        return Machines(instance_type=str(loaded.instance_type or ""), instance_count=int(loaded.instance_count or 1))

    def upload(self, spec: OnlineDeploymentSpec) -> Assets:
        """Upload model, code and environment; needs the workspace, not its network.

        Safe to run again: content that is stored already, by its hash, is not uploaded again.

        Raises:
            InvalidSpec: When a file is missing or not valid.
        """
        deployment = load_online_deployment(spec, "not-asked")
        return self._upload(spec, deployment)

    def get(self, endpoint_name: str, name: str) -> OnlineDeployment | None:
        """Read an online deployment; None if it is absent."""
        body = self._arm.find(f"read online deployment {name}", self._path(endpoint_name, name), ONLINE_DEPLOYMENT_API)
        return as_online_deployment(body) if body else None

    def list(self, endpoint_name: str) -> tuple[OnlineDeployment, ...]:
        """List all online deployments of an endpoint.

        Raises:
            NotFound: When the endpoint does not exist.
        """
        path = f"{self._target.endpoint_id(endpoint_name)}/deployments"
        listing = self._arm.read_all(f"list online deployments of {endpoint_name}", path, ONLINE_DEPLOYMENT_API)
        return tuple(as_online_deployment(one) for one in listing)

    def create_or_update(
        self,
        endpoint_name: str,
        spec: OnlineDeploymentSpec,
        assets: Assets,
        *,
        tags: Mapping[str, str] | None = None,
        limit_seconds: float = 5400,
    ) -> OnlineDeployment:
        """Create or update the online deployment from its file and uploaded assets, and wait until it settles.

        Safe to run again: waits for an operation in progress, leaves an equal deployment unchanged, and uploads again
        first if the local files changed since the upload of ``assets``. One of ours whose first creation failed is
        deleted, then created anew: Azure doesn't update it.

        Raises:
            InvalidSpec: When a file is not valid.
            NotReady: When the managed network is not provisioned.
            NotOwned: When a deployment that this project did not create would have to change.
            QuotaExceeded: When the quota or the region's capacity is too small.
            ProvisioningFailed: With Azure's reason and the last lines of the logs.
        """
        deployment = load_online_deployment(spec, endpoint_name)
        if fingerprint(spec) != assets.fingerprint:
            assets = self._upload(spec, deployment)
        if deployment.data_collector:
            with translated(f"register the collected data of online deployment {spec.name}"):
                self._sdk.register_collected_data(deployment)
        defined = online_deployment_body(deployment, assets, self._target.location)
        defined["tags"] = {**(defined.get("tags") or {}), **(tags or {})}
        return self.make(endpoint_name, spec.name, defined, limit_seconds=limit_seconds)

    def make(self, endpoint_name: str, name: str, defined: Json, *, limit_seconds: float = 5400) -> OnlineDeployment:
        """Create or update the online deployment from a request body, as ``create_or_update``."""
        path = self._path(endpoint_name, name)
        what = f"online deployment {name}"
        present = self._arm.settle(what, path, ONLINE_DEPLOYMENT_API, limit_seconds=limit_seconds)
        ours = present is None or is_owned(present.get("tags"), present["id"])
        desired = stamped(defined, path, self._target.tags) if ours else defined
        matches = matches_stamped if ours else matches_requested
        if present and matches(desired, present) and not has_failed(state_of(present)):
            return as_online_deployment(present)
        if not ours:
            raise _not_owned(name, path, "differs from the spec, so it is not changed")
        call = Call(f"create {what}", "PUT", path, ONLINE_DEPLOYMENT_API, desired)
        try:
            return self._put(call, endpoint_name, name, limit_seconds)
        except errors.Unrecoverable:
            self.delete(endpoint_name, name)  # ours, and without traffic
            return self._put(call, endpoint_name, name, limit_seconds)

    def delete(self, endpoint_name: str, name: str, *, wait: bool = True, limit_seconds: float = 1800) -> None:
        """Delete an online deployment without live traffic, if this project created it. No error if it is absent.

        Raises:
            InvalidSpec: While it has live traffic.
            NotOwned: When it does not have this project's tags.
        """
        path = self._path(endpoint_name, name)
        present = self._arm.find(f"read online deployment {name}", path, ONLINE_DEPLOYMENT_API, expected=True)
        if present is None:
            return
        if not is_owned(present.get("tags"), present["id"]):
            raise _not_owned(name, str(present["id"]), "is not deleted")
        endpoint_path = self._target.endpoint_id(endpoint_name)
        endpoint = as_endpoint(
            self._arm.read(f"read endpoint {endpoint_name}", endpoint_path, ENDPOINT_API, expected=True)
        )
        if share := share_of(endpoint.traffic, name):
            raise errors.InvalidSpec(
                f"online deployment {name} has {share} percent of the live traffic, so it is not deleted",
                "Shift its traffic to another online deployment first.",
            )
        if state_of(present).lower() == "deleting":
            if wait:
                self._arm.settle(f"online deployment {name}", path, ONLINE_DEPLOYMENT_API, limit_seconds=limit_seconds)
            return
        call = Call(f"delete online deployment {name}", "DELETE", path, ONLINE_DEPLOYMENT_API)
        if wait:
            self._arm.run(call, limit_seconds=limit_seconds)
        else:
            self._arm.send(call)

    def _upload(self, spec: OnlineDeploymentSpec, deployment: ManagedOnlineDeployment) -> Assets:
        mark = fingerprint(spec)
        with translated(f"upload the files of online deployment {spec.name}"):
            model_id, code_id, environment_id = self._sdk.upload(deployment)
        return Assets(model_id=model_id, code_id=code_id, environment_id=environment_id, fingerprint=mark)

    def _put(self, call: Call, endpoint_name: str, name: str, limit_seconds: float) -> OnlineDeployment:
        try:
            return as_online_deployment(self._arm.run(call, limit_seconds=limit_seconds))
        except errors.ProvisioningFailed as error:
            raise self._with_logs(error, endpoint_name, name) from error

    def _with_logs(self, error: errors.ProvisioningFailed, endpoint_name: str, name: str) -> errors.ProvisioningFailed:
        try:
            logs = self._logs.containers(endpoint_name, name, lines=_LOG_LINES)
        except errors.EndpointOpsError:
            return error
        lines = tail(logs.inference_server, _LOG_LINES) or tail(logs.storage_initializer, _LOG_LINES)
        if not lines:
            return error
        return type(error)(f"{error.message}\nThe last lines of its log:\n{lines}\n", error.hint, error.origin)

    def _path(self, endpoint_name: str, name: str) -> str:
        return self._target.online_deployment_id(endpoint_name, name)


def as_online_deployment(body: Json) -> OnlineDeployment:
    """Return the value for an online deployment's JSON."""
    properties = body["properties"]
    return OnlineDeployment(
        id=body["id"],
        name=body["name"],
        endpoint=body["id"].split("/")[-3],
        provisioning_state=state_of(body),
        instance_type=properties.get("instanceType") or "",
        instance_count=int((body.get("sku") or {}).get("capacity") or 0),
        model_id=properties.get("model") or "",
        code_id=(properties.get("codeConfiguration") or {}).get("codeId") or "",
        environment_id=properties.get("environmentId") or "",
        egress_public_network_access=(properties.get("egressPublicNetworkAccess") or "").lower(),
        operation_url=(properties.get("properties") or {}).get("AzureAsyncOperationUri") or "",
        created=(body.get("systemData") or {}).get("createdAt") or "",
        tags=body.get("tags") or {},
    )


def _not_owned(name: str, resource_id: str, consequence: str) -> errors.NotOwned:
    return errors.NotOwned(
        f"online deployment {name} was not created by this project and {consequence}",
        f"Choose another name, or hand it over: {handover(resource_id)}",
    )
