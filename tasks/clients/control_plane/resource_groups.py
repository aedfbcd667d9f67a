"""The resource group: created with this project's tags, deleted only when this project created all of its content."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from tasks.clients.control_plane.governance.access import permissions_at
from tasks.clients.control_plane.private_access.network_async import NETWORK_API
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json
from tasks.domain.azure.governance.access import UNKNOWN_IDENTITY, assignment, missing_actions
from tasks.domain.azure.ownership import Holdings, handover, is_owned, sort_holdings, with_ownership
from tasks.domain.azure.resource_group import Resource, ResourceGroup
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_API: Final = "2021-04-01"
_WORKSPACES: Final = "microsoft.machinelearningservices/workspaces"
_PRIVATE_ENDPOINTS: Final = "microsoft.network/privateendpoints"
_WORKSPACE_API: Final = "2024-10-01-preview"
_COMPONENTS_API: Final = "2020-02-02"
_PARTS: Final = ("containerRegistry", "keyVault", "storageAccount", "applicationInsights")
_TAGS: Final = "providers/Microsoft.Resources/tags/default"
_ASSOCIATED: Final = frozenset(
    {
        "microsoft.containerregistry/registries",
        "microsoft.insights/components",
        "microsoft.keyvault/vaults",
        "microsoft.operationalinsights/workspaces",
        "microsoft.storage/storageaccounts",
    }
)


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
        body = {"location": self._target.location, "tags": with_ownership(self._target.tags, self._path)}
        return _as_group(self._arm.send(Call(f"create resource group {name}", "PUT", self._path, _API, body)).body)

    def resources(self) -> tuple[Resource, ...]:
        """List all resources in the group.

        Raises:
            NotFound: When the group does not exist.
        """
        query = urlencode({"$expand": "createdTime", "api-version": _API})
        address = f"{self._path}/resources?{query}"
        listing = self._arm.read_all(f"list resource group {self._target.resource_group}", address, "")
        return tuple(_as_resource(one) for one in listing)

    def holdings(self) -> Holdings:
        """List the group's resources, split into this project's and foreign ones.

        Raises:
            AccessDenied: When the identity may not read everything in the group.
            NotFound: When the group does not exist.
        """
        self._require_sight()
        listed = self.resources()
        known = {one.id.lower() for one in listed}
        computes = (one for one in self._computes(listed) if one.id.lower() not in known)
        resources = (*listed, *computes)
        return sort_holdings(resources, self._named(resources))

    def claim(self) -> None:
        """Put our tags, each with its own marker, on what the template or Azure made for a workspace of ours.

        Without the workspace, nothing else shows that these resources are ours. Safe to run again.
        """
        for one in self.holdings().ours:
            if one.type.lower() in _ASSOCIATED and not is_owned(one.tags, one.id):
                body: Json = {"operation": "Merge", "properties": {"tags": with_ownership(None, one.id)}}
                self._arm.send(Call(f"tag {one.name}", "PATCH", f"{one.id}/{_TAGS}", _API, body))

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
        if not is_owned(group.tags, group.id):
            raise errors.NotOwned(
                f"resource group {group.name} does not have this project's tags, so it is not deleted",
                f"Delete only the endpoint and workspace. Or hand the group over first: {handover(group.id)}",
            )
        foreign = self.holdings().foreign
        if foreign:
            listed = ", ".join(f"{one.type} {one.name}" for one in foreign[:10])
            more = f" and {len(foreign) - 10} more" if len(foreign) > 10 else ""
            raise errors.NotOwned(
                f"resource group {group.name} has resources that this project did not create: {listed}{more}",
                f"Nothing was deleted. Move or delete these resources, or hand each over: {handover(foreign[0].id)}",
            )

    def _require_sight(self) -> None:
        """Refuse where a foreign resource could be hidden: Azure's lists leave out what the identity may not read."""
        if missing_actions(permissions_at(self._arm, self._path), ("*/read",)):
            raise errors.AccessDenied(
                f"the identity may not read everything in resource group {self._target.resource_group}, so resources "
                "of others could be hidden; nothing was deleted",
                f"Give it the role Reader there: {assignment(UNKNOWN_IDENTITY, 'Reader', self._path)}",
            )

    def _named(self, resources: tuple[Resource, ...]) -> dict[str, list[str]]:
        """What the workspaces and private endpoints of ours name, by their id."""
        found: dict[str, list[str]] = {}
        for one in (owned for owned in resources if is_owned(owned.tags, owned.id)):
            if one.type.lower() == _WORKSPACES:
                found[one.id] = self._parts_of(one)
            elif one.type.lower() == _PRIVATE_ENDPOINTS:
                body = self._arm.find(f"read private endpoint {one.name}", one.id, NETWORK_API) or {}
                interfaces = (body.get("properties") or {}).get("networkInterfaces") or ()
                found[one.id] = [interface["id"] for interface in interfaces]
        return found

    def _parts_of(self, workspace: Resource) -> list[str]:
        body = self._arm.find(f"read workspace {workspace.name}", workspace.id, _WORKSPACE_API) or {}
        properties = body.get("properties") or {}
        parts = [properties[name] for name in _PARTS if properties.get(name)]
        component = properties.get("applicationInsights")
        if component:
            shown = self._arm.find("read Application Insights", component, _COMPONENTS_API) or {}
            logs = (shown.get("properties") or {}).get("WorkspaceResourceId")
            parts += [logs] if logs else []
        return parts

    def _computes(self, resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
        """The computes of the group's workspaces, which Azure leaves out of the group's list."""
        paths = [f"{one.id}/computes" for one in resources if one.type.lower() == _WORKSPACES]
        doing = "list the workspace's computes"
        return tuple(_as_resource(one) for path in paths for one in self._arm.read_all(doing, path, _WORKSPACE_API))


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
        created=body.get("createdTime") or (body.get("systemData") or {}).get("createdAt") or "",
        tags=body.get("tags") or {},
    )
