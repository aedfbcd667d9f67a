"""Preflight checks of the credentials and of the permissions that a run needs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Final

from azure.core.credentials import TokenCredential

from tasks.clients.transport.arm import Arm
from tasks.clients.transport.clouds import CloudAddresses
from tasks.clients.transport.errors import translated
from tasks.clients.transport.wire import Json
from tasks.domain.azure.governance.access import UNKNOWN_IDENTITY, Permission, assignment, missing_actions
from tasks.domain.azure.governance.roles import LIFECYCLE, PERMISSIONS_READ, RoleSpec
from tasks.domain.common import errors
from tasks.domain.common.commands import argument
from tasks.domain.common.target import AzureTarget

_PERMISSIONS_API: Final = "2022-04-01"
_PROVIDERS_API: Final = "2021-04-01"

# https://learn.microsoft.com/azure/machine-learning/how-to-managed-network (prerequisites)
NEEDED_PROVIDERS: Final = (
    "Microsoft.ContainerRegistry",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.MachineLearningServices",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.Storage",
)


def permissions_at(arm: Arm, scope: str) -> tuple[Permission, ...]:
    """What the identity may do at a scope."""
    path = f"{scope}/providers/Microsoft.Authorization/permissions"
    doing = f"read the rights at {scope.rsplit('/', 1)[-1]}"
    return tuple(as_permission(one) for one in arm.read_all(doing, path, _PERMISSIONS_API))


def as_permission(body: Json) -> Permission:
    """Return the value for one permission in the JSON of a role, or of the caller's rights."""
    return Permission(
        actions=tuple(body.get("actions") or ()),
        not_actions=tuple(body.get("notActions") or ()),
        data_actions=tuple(body.get("dataActions") or ()),
        not_data_actions=tuple(body.get("notDataActions") or ()),
    )


class Access:
    """The permissions of the target's identity."""

    def __init__(self, target: AzureTarget, arm: Arm, addresses: CloudAddresses, credential: TokenCredential) -> None:
        self._target = target
        self._arm = arm
        self._scope = f"{addresses.resource_manager}/.default"
        self._credential = credential

    def sign_in(self) -> None:
        """Get a token for the control plane.

        Raises:
            AuthenticationFailed: When the credentials are missing or wrong.
            Unreachable: Without an answer; names the proxy if that is the obstacle.
        """
        with translated("sign in"):
            self._credential.get_token(self._scope)

    def permissions_at(self, scope: str) -> tuple[Permission, ...]:
        """Return the identity's permissions at a scope."""
        return permissions_at(self._arm, scope)

    def object_id(self) -> str:
        """Return the object id of the identity, from its token; a placeholder where the token has none."""
        with translated("sign in"):
            token = self._credential.get_token(self._scope).token
        return _claims(token).get("oid") or UNKNOWN_IDENTITY

    def require(self, needed: Iterable[str], role: RoleSpec = LIFECYCLE) -> tuple[str, ...]:
        """Check that the identity has the permissions that a run needs in the target's resource group.

        Args:
            needed: The actions.
            role: The custom role that has them all.

        Returns:
            Warnings: what was not checked.

        Raises:
            AccessDenied: With the missing actions, their scope and the commands that give them.
        """
        scope, permissions = self._permissions(role)
        if permissions is None:
            return (f"Not checked: the identity's rights in {scope}; reading them takes {PERMISSIONS_READ}",)
        missing = missing_actions(permissions, needed)
        if missing:
            raise errors.AccessDenied(
                f"the identity lacks permissions in {scope}: {', '.join(dict.fromkeys(missing))}",
                f"{self._advice(role, scope)} New role assignments take up to ten minutes to take effect.",
            )
        return ()

    def _permissions(self, role: RoleSpec) -> tuple[str, tuple[Permission, ...] | None]:
        """Return the scope that counts, with the permissions there; None where the identity may not read them.

        That is the resource group, or the subscription while the group is absent.
        """
        group, subscription = self._target.resource_group_id, self._target.subscription_path
        try:
            return group, permissions_at(self._arm, group)
        except errors.AccessDenied:
            return group, None
        except errors.NotFound as error:
            if error.origin.code.lower() != "resourcegroupnotfound":
                raise
        try:
            return subscription, permissions_at(self._arm, subscription)
        except errors.AccessDenied as error:
            raise errors.AccessDenied(
                f"resource group {self._target.resource_group} is absent, and the identity has no right to create it",
                f"Create it: az group create --name {argument(self._target.resource_group)} "
                f"--location {self._target.location}. "
                f"{self._advice(role, group)}",
                error.origin,
            ) from error

    def _advice(self, role: RoleSpec, scope: str) -> str:
        who = self.object_id()
        return (
            f"Ask an owner of {scope} for the custom role {role.name!r} (deployments/roles/{role.file}): "
            f"az role definition create --role-definition @deployments/roles/{role.file}; "
            f"{assignment(who, role.name, scope)}. Or, with more rights than are needed: "
            f"{assignment(who, 'Contributor', scope)}."
        )

    def require_providers(self) -> tuple[str, ...]:
        """Check that the subscription is registered with the resource providers that a run needs.

        Returns:
            A warning where the identity may not list them: it takes a right in the subscription.

        Raises:
            NotReady: With the commands that register them.
        """
        path = f"{self._target.subscription_path}/providers"
        try:
            listing = self._arm.read_all("list resource providers", path, _PROVIDERS_API)
        except errors.AccessDenied as error:
            return (f"Not checked: the registration of resource providers: {error.message}",)
        states = {str(one.get("namespace")).lower(): one.get("registrationState") for one in listing}
        missing = [one for one in NEEDED_PROVIDERS if states.get(one.lower()) != "Registered"]
        if missing:
            commands = "; ".join(
                f"az provider register --subscription {self._target.subscription_id} --namespace {one} --wait"
                for one in missing
            )
            raise errors.NotReady(
                f"the subscription is not registered with {', '.join(missing)}",
                f"Somebody with Contributor on the subscription has to run once: {commands}",
            )
        return ()


def _claims(token: str) -> dict[str, str]:
    """Return the claims of a token, unverified: they only fill in a command."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
