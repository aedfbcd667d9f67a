"""Check, before anything is created, that the endpoint's identity exists and may pull the image and read the files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tasks.clients.connect import Azure
from tasks.clients.control_plane.files.definitions import read_yaml
from tasks.domain.azure.endpoint import Endpoint, EndpointSpec
from tasks.domain.azure.governance.access import assignment, missing_actions, role_for
from tasks.domain.azure.governance.identity import (
    ASSIGN_IDENTITY,
    PULL_ROLE,
    READ_ROLE,
    ManagedIdentity,
    NeededRole,
    check_same_identity,
    image_origin,
)
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.errors import AccessDenied, NotFound
from tasks.domain.common.target import AzureTarget


def check_identity(
    azure: Azure,
    target: AzureTarget,
    workspace: WorkspaceSpec,
    endpoint: EndpointSpec,
    deployment: OnlineDeploymentSpec,
) -> tuple[str, ...]:
    """Check the endpoint's identity: unchanged, and, where it is user-assigned, there, assignable, and with its roles.

    Returns:
        Warnings: what could not be read, and the roles to assign while a new workspace is being created.

    Raises:
        InvalidSpec: When the endpoint has another identity, or the identity does not exist.
        AccessDenied: With the command for each role that is missing: the caller's, or the identity's.
    """
    present = azure.workspace.get()
    desired = azure.endpoints.identity(endpoint)
    shown = azure.endpoints.get(endpoint.name) if present else None
    if shown:
        check_same_identity(endpoint.name, shown.identity, desired, endpoint.file)
    if not desired.users:
        return ()
    needed = _needed(azure, target, present, workspace.container_registry, deployment)
    doubts = [
        f"Not checked: the right to pull from {one.target}, which this identity can't find"
        for one in needed
        if not one.scope
    ]
    for user in desired.users:
        doubts += _unless_refused(f"whether you may assign {user}", partial(_require_assignable, azure, user))
        doubts += _unless_refused(f"the roles of {user}", partial(_check_roles, azure, user, needed))
    return tuple(doubts)


def require_roles(azure: Azure, target: AzureTarget, endpoint: Endpoint, deployment: OnlineDeploymentSpec) -> None:
    """Require the roles of an endpoint's user-assigned identities, now that the workspace exists.

    Azure itself would fail after about ten minutes. What can't be read is left to it.

    Raises:
        AccessDenied: With the command for each role that is missing.
    """
    if endpoint.identity.users:
        needed = _needed(azure, target, azure.workspace.get(expected=True), None, deployment)
        for user in endpoint.identity.users:
            _unless_refused(user, partial(_check_roles, azure, user, needed))


class _RoleMissing(AccessDenied):
    """A role is missing for certain; unlike a read that Azure refuses."""


def _unless_refused(what: str, look: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """Return the warnings of a look, or one that Azure refuses it."""
    try:
        return look()
    except _RoleMissing as error:
        raise AccessDenied(error.message, error.hint) from error
    except AccessDenied as error:
        return (f"Not checked: {what}: {error.message}",)


def _require_assignable(azure: Azure, user: str) -> tuple[str, ...]:
    azure.identities.get(user)
    if missing_actions(azure.access.permissions_at(user), [ASSIGN_IDENTITY]):
        command = assignment(azure.access.object_id(), role_for(ASSIGN_IDENTITY), user)
        raise _RoleMissing(
            f"the identity of this run may not give the endpoint {user}: it lacks {ASSIGN_IDENTITY} on it",
            f"Ask an owner of it: {command}. A new assignment takes up to ten minutes.",
        )
    return ()


def _check_roles(azure: Azure, user: str, needed: tuple[NeededRole, ...]) -> tuple[str, ...]:
    identity = azure.identities.get(user)
    missing = [one for one in needed if one.scope and not _has(azure, identity, one)]
    certain = [one for one in missing if not one.is_given_above]
    name = user.rsplit("/", 1)[-1]
    if certain:
        raise _RoleMissing(
            f"the endpoint's identity {name} lacks {_listed(certain)}: the online deployment would fail with "
            "BadArgument",
            f"Ask an owner: {_commands(identity, missing)}. New assignments take up to ten minutes.",
        )
    warning = (
        f"The endpoint's identity {name} lacks {_listed(missing)}, without which the online deployment fails. Assign "
        f"it in the resource group before then: {_commands(identity, missing)}"
    )
    return (warning,) if missing else ()


def _has(azure: Azure, identity: ManagedIdentity, needed: NeededRole) -> bool:
    try:
        return needed.is_given_by(azure.identities.permissions_of(identity.principal_id, needed.scope))
    except NotFound:  # a resource group that the run creates
        return False


def _listed(roles: list[NeededRole]) -> str:
    return " and ".join(f"{one.role} on {one.target}" for one in roles)


def _commands(identity: ManagedIdentity, roles: list[NeededRole]) -> str:
    return "; ".join(assignment(identity.principal_id, one.role, one.scope) for one in roles)


def _needed(
    azure: Azure, target: AzureTarget, present: Workspace | None, registry: str | None, deployment: OnlineDeploymentSpec
) -> tuple[NeededRole, ...]:
    """Return the roles that a user-assigned identity needs; those on what comes later are needed on the group."""
    group, is_new = target.resource_group_id, present is None
    account = present.storage_account if present else None
    files = NeededRole(
        role=READ_ROLE,
        scope=account or group,
        target=f"the workspace's storage account {account.rsplit('/', 1)[-1]}" if account else "its storage account",
        is_given_above=is_new,
    )
    origin = image_origin(read_yaml(deployment.file))
    if not origin:
        return (files,)
    if origin != "workspace":
        place = azure.identities.registry_at(origin)
        return (files, NeededRole(role=PULL_ROLE, scope=place, target=f"container registry {origin}"))
    place = (present.container_registry if present else registry) or ""
    image = NeededRole(
        role=PULL_ROLE,
        scope=place or group,
        target=f"container registry {place.rsplit('/', 1)[-1]}" if place else "the registry of the first image",
        is_given_above=is_new and not place,
    )
    return (files, image)
