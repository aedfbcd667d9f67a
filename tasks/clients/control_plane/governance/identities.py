"""User-assigned identities: whether they exist, and which roles their principals have."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from tasks.clients.control_plane.governance.access import as_permission
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Json
from tasks.domain.azure.governance.access import Permission
from tasks.domain.azure.governance.identity import ManagedIdentity
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_API: Final = "2023-01-31"
_RIGHTS_API: Final = "2022-04-01"
_RESOURCES_API: Final = "2021-04-01"
_REGISTRIES: Final = "Microsoft.ContainerRegistry/registries"


class Identities:
    """Identities that the target's endpoints may have."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._target = target
        self._arm = arm

    def get(self, resource_id: str) -> ManagedIdentity:
        """Read a user-assigned identity.

        Raises:
            InvalidSpec: When it does not exist; with the command that creates it.
            AccessDenied: When the caller may not read it.
        """
        name = resource_id.rsplit("/", 1)[-1]
        try:
            body = self._arm.read(f"read identity {name}", resource_id, _API)
        except errors.NotFound as error:
            parts = resource_id.split("/")
            raise errors.InvalidSpec(
                f"the endpoint's identity {resource_id} does not exist",
                f"Correct its id in the endpoint's file, or create it: az identity create --name {name} "
                f"--resource-group {parts[4] if len(parts) > 4 else 'RESOURCE_GROUP'} --location "
                f"{self._target.location}",
                error.origin,
            ) from error
        return ManagedIdentity(id=body["id"], principal_id=str(body["properties"]["principalId"]))

    def permissions_of(self, principal_id: str, scope: str) -> tuple[Permission, ...]:
        """Return the permissions that a principal has at a scope, by roles assigned there or above.

        Raises:
            AccessDenied: When the caller may not read role assignments or definitions there.
            NotFound: When the scope does not exist.
        """
        place = f"{scope}/providers/Microsoft.Authorization"
        query = urlencode({"$filter": f"assignedTo('{principal_id}')", "api-version": _RIGHTS_API})
        doing = f"read the roles of identity {principal_id}"
        listed = self._arm.read_all(doing, f"{place}/roleAssignments?{query}", "")
        roles = {_role_of(one) for one in listed if _counts_at(one, scope)}
        found = [
            self._arm.read(doing, f"{place}/roleDefinitions/{role}", _RIGHTS_API)["properties"]["permissions"]
            for role in sorted(roles)
        ]
        return tuple(as_permission(one) for permissions in found for one in permissions)

    def registry_at(self, host: str) -> str:
        """Return the ARM id of the registry behind a host such as ``own.azurecr.io``; empty if it isn't among those
        of the subscription that the caller may see."""
        name = host.partition(".")[0]
        text = f"resourceType eq '{_REGISTRIES}' and name eq '{name}'"
        query = urlencode({"$filter": text, "api-version": _RESOURCES_API})
        path = f"{self._target.subscription_path}/resources?{query}"
        found = [str(one["id"]) for one in self._arm.read_all(f"find container registry {name}", path, "")]
        return next(iter(found), "")


def _role_of(assignment: Json) -> str:
    return str(assignment["properties"]["roleDefinitionId"]).rsplit("/", 1)[-1].lower()


def _counts_at(assignment: Json, scope: str) -> bool:
    own = str(assignment["properties"].get("scope") or "/").lower().rstrip("/")
    return f"{scope.lower()}/".startswith(f"{own}/")
