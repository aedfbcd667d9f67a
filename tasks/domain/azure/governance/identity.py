"""The identity of an endpoint, and the roles that it needs so that an online deployment starts.

Azure assigns the roles of a system-assigned identity by itself; those of a user-assigned one are its owner's to assign.
Sources: learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth,
…/how-to-access-resources-from-endpoints-managed-identities, …/how-to-troubleshoot-online-endpoints (BadArgument).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from tasks.domain.azure.governance.access import Permission
from tasks.domain.common.errors import InvalidSpec

ASSIGN_IDENTITY: Final = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
READ_IDENTITY: Final = "Microsoft.ManagedIdentity/userAssignedIdentities/read"
PULL_ROLE: Final = "AcrPull"
READ_ROLE: Final = "Storage Blob Data Reader"
_PULL: Final = "Microsoft.ContainerRegistry/registries/pull/read"
_READ: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
_REGISTRY_HOST: Final = ".azurecr.io"


class EndpointIdentity(BaseModel, frozen=True):
    """The identity of an endpoint.

    Attributes:
        is_system: It has a system-assigned identity.
        users: The ARM ids of its user-assigned identities.
    """

    is_system: bool = True
    users: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The identity in words."""
        return ", ".join([*(["a system-assigned identity"] if self.is_system else []), *self.users]) or "no identity"

    def is_same(self, other: EndpointIdentity) -> bool:
        """Return whether both are the same identities; the case of ids doesn't matter."""
        one, two = (sorted(user.lower() for user in each.users) for each in (self, other))
        return self.is_system == other.is_system and one == two


class ManagedIdentity(BaseModel, frozen=True):
    """A user-assigned identity; its principal is what roles are assigned to."""

    id: str
    principal_id: str


class NeededRole(BaseModel, frozen=True):
    """A role that a user-assigned identity needs at a scope.

    Attributes:
        scope: Where the role is needed; empty where that is not known.
        target: What the scope is, in words.
        is_given_above: The target does not exist yet, so the role is assigned on the resource group that it comes into.
    """

    role: str
    scope: str
    target: str
    is_given_above: bool = False

    def is_given_by(self, permissions: Iterable[Permission]) -> bool:
        """Return whether roles with these permissions are enough."""
        if self.role == PULL_ROLE:
            return any(one.allows(_PULL) for one in permissions)
        return any(one.allows_data(_READ) for one in permissions)


def as_identity(body: Mapping[str, Any] | None) -> EndpointIdentity:
    """Return the identity in an endpoint's JSON; without one Azure gives a system-assigned identity."""
    kind = str((body or {}).get("type") or "SystemAssigned").lower()
    users = (body or {}).get("userAssignedIdentities") or {}
    return EndpointIdentity(is_system="systemassigned" in kind, users=tuple(users) if "userassigned" in kind else ())


def check_same_identity(endpoint: str, present: EndpointIdentity, desired: EndpointIdentity, file: str) -> None:
    """Check that a file asks for the identity that an endpoint has: Azure never changes it.

    Raises:
        InvalidSpec: When it asks for another one.
    """
    if not present.is_same(desired):
        raise InvalidSpec(
            f"endpoint {endpoint} has {present.text}, and {file} asks for {desired.text}: Azure can't change the "
            "identity of an endpoint",
            f"Write the present identity into the file, or delete the endpoint first (its keys and its scoring go with "
            f"it): az ml online-endpoint delete --name {endpoint}; or choose another endpoint name.",
        )


def image_origin(document: Mapping[str, Any]) -> str:
    """Return where the image of a deployment's file comes from.

    Returns:
        The host of a private container registry; ``workspace`` for an image that Azure builds into the workspace's
        registry; empty where no identity pulls it, or the file does not say.
    """
    environment = document.get("environment")
    if not isinstance(environment, Mapping):
        return ""
    if environment.get("conda_file") or environment.get("build"):
        return "workspace"
    host = str(environment.get("image") or "").split("/")[0].lower()
    return host if host.endswith(_REGISTRY_HOST) else ""
