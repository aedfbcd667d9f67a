"""The resource group: created with this project's tags, deleted only when this project created all of its content."""

from __future__ import annotations

from typing import Final

from tasks.clients.control_plane.access import permissions_at
from tasks.clients.control_plane.private_access.network_async import NETWORK_API
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json
from tasks.domain.azure.access import UNKNOWN_IDENTITY, assignment, missing_actions
from tasks.domain.azure.ownership import Holdings, is_owned, sort_holdings, with_ownership
from tasks.domain.azure.resource_group import Resource, ResourceGroup
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_API: Final = "2021-04-01"
_WORKSPACES: Final = "microsoft.machinelearningservices/workspaces"
_PRIVATE_ENDPOINTS: Final = "microsoft.network/privateendpoints"
_WORKSPACE_API: Final = "2024-10-01-preview"
_ASSOCIATED_APIS: Final = {
    "microsoft.containerregistry/registries": "2023-07-01",
    "microsoft.insights/components": "2020-02-02",
    "microsoft.keyvault/vaults": "2023-07-01",
    "microsoft.storage/storageaccounts": "2023-01-01",
}


class ResourceGroups:
    """The target's resource group."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._target = target
        self._arm = arm
        self._path = target.resource_group_id

    def get(self) -> ResourceGroup | None:
        """Read the group; None if it is absent."""
        body = self._arm.find(f"read resource group {self._target.resource_group}", self._path, _API)
        return _as_group(body) if body else None

    def create_if_absent(self) -> ResourceGroup:
        """Create the group with this project's tags; leave an existing group unchanged."""
        name = self._target.resource_group
        present = self._arm.settle(f"resource group {name}", self._path, _API, limit_seconds=3600)
        if present:
            return _as_group(present)
        body = {"location": self._target.location, "tags": with_ownership(self._target.tags)}
        return _as_group(self._arm.send(Call(f"create resource group {name}", "PUT", self._path, _API, body)).body)

    def resources(self) -> tuple[Resource, ...]:
        """List all resources in the group.

        Raises:
            NotFound: When the group does not exist.
        """
        listing = self._arm.read_all(
            f"list resource group {self._target.resource_group}", f"{self._path}/resources", _API
        )
        return tuple(_as_resource(one) for one in listing)

    def holdings(self) -> Holdings:
        """List the group's resources, split into this project's and foreign ones.

        Raises:
            AccessDenied: When the identity may not read everything in the group.
            NotFound: When the group does not exist.
        """
        self._require_sight()
        resources = self.resources()
        return sort_holdings(resources, self._associated_with(resources))

    def claim(self) -> None:
        """Put our tags on the resources of a workspace of ours that Azure created later, without tags.

        Without the workspace, nothing else shows that they are ours. Safe to run again.
        """
        resources = self.resources()
        known = {one.lower() for one in self._associated_with(resources)}
        for one in resources:
            api = _ASSOCIATED_APIS.get(one.type.lower())
            if api and one.id.lower() in known and not is_owned(one.tags):
                body: Json = {"tags": with_ownership(one.tags)}
                self._arm.run(Call(f"tag {one.name}", "PATCH", one.id, api, body), limit_seconds=600)

    def delete(self, *, wait: bool = True, limit_seconds: float = 3600) -> None:
        """Delete the group and all its resources, if this project created all of them. No error if it is absent.

        Raises:
            NotOwned: When the group or a resource in it does not belong to this project; nothing is deleted then.
        """
        name = self._target.resource_group
        if self.require_ours() is None:
            return
        call = Call(f"delete resource group {name}", "DELETE", self._path, _API)
        if wait:
            self._arm.run(call, limit_seconds=limit_seconds)
        else:
            self._arm.send(call)

    def require_ours(self) -> ResourceGroup | None:
        """The group, if all of it is ours or is being removed already; None where it is absent.

        Raises:
            NotOwned: When the group or anything in it is not ours.
        """
        present = self.get()
        if present and present.provisioning_state.lower() != "deleting":
            self._refuse_foreign(present)
        return present

    def _refuse_foreign(self, group: ResourceGroup) -> None:
        if not is_owned(group.tags):
            raise errors.NotOwned(
                f"resource group {group.name} does not have this project's tags, so it is not deleted",
                "Delete only the endpoint and workspace. To delete the group, tag it managed-by=azureml-endpoint-ops "
                "first.",
            )
        foreign = self.holdings().foreign
        if foreign:
            listed = ", ".join(f"{one.type} {one.name}" for one in foreign[:10])
            more = f" and {len(foreign) - 10} more" if len(foreign) > 10 else ""
            raise errors.NotOwned(
                f"resource group {group.name} has resources that this project did not create: {listed}{more}",
                "Nothing was deleted. Move or delete these resources, then run again.",
            )

    def _require_sight(self) -> None:
        """Refuse where a foreign resource could be hidden: Azure's lists leave out what the identity may not read."""
        if missing_actions(permissions_at(self._arm, self._path), ("*/read",)):
            raise errors.AccessDenied(
                f"the identity may not read everything in resource group {self._target.resource_group}, so resources "
                "of others could be hidden; nothing was deleted",
                f"Give it the role Reader there: {assignment(UNKNOWN_IDENTITY, 'Reader', self._path)}",
            )

    def _associated_with(self, resources: tuple[Resource, ...]) -> list[str]:
        ids: list[str] = []
        for one in (owned for owned in resources if is_owned(owned.tags)):
            if one.type.lower() == _WORKSPACES:
                ids += _named_ids(self._arm.find(f"read workspace {one.name}", one.id, _WORKSPACE_API) or {})
            elif one.type.lower() == _PRIVATE_ENDPOINTS:
                ids += _interfaces(self._arm.find(f"read private endpoint {one.name}", one.id, NETWORK_API) or {})
        return ids


def _named_ids(workspace: Json) -> list[str]:
    properties = workspace.get("properties") or {}
    names = ("containerRegistry", "keyVault", "storageAccount", "applicationInsights")
    return [properties[name] for name in names if properties.get(name)]


def _interfaces(private_endpoint: Json) -> list[str]:
    """The network interfaces that Azure makes for a private endpoint, without tags."""
    return [one["id"] for one in (private_endpoint.get("properties") or {}).get("networkInterfaces") or ()]


def _as_group(body: Json) -> ResourceGroup:
    return ResourceGroup(
        id=body["id"],
        name=body["name"],
        location=body["location"],
        provisioning_state=(body.get("properties") or {}).get("provisioningState") or "",
        tags=body.get("tags") or {},
    )


def _as_resource(body: Json) -> Resource:
    return Resource(
        id=body["id"],
        name=body["name"],
        type=body["type"],
        location=body.get("location") or "",
        tags=body.get("tags") or {},
    )
