"""Preflight checks of the credentials and of the permissions that a run needs."""

from __future__ import annotations

from typing import Final

from azure.core.credentials import TokenCredential

from tasks.clients.transport.arm import Arm
from tasks.clients.transport.clouds import CloudAddresses
from tasks.clients.transport.errors import translated
from tasks.domain.azure.access import LIFECYCLE_ACTIONS, Permission, missing_actions
from tasks.domain.common import errors
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
    return tuple(
        Permission(actions=tuple(one.get("actions") or ()), not_actions=tuple(one.get("notActions") or ()))
        for one in arm.read_all(f"read the rights at {scope.rsplit('/', 1)[-1]}", path, _PERMISSIONS_API)
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

    def permissions(self) -> tuple[Permission, ...]:
        """Return the identity's permissions in the resource group, or in the subscription while the group is absent."""
        try:
            return permissions_at(self._arm, self._target.resource_group_id)
        except errors.NotFound as error:
            if error.origin.code.lower() != "resourcegroupnotfound":
                raise
            return permissions_at(self._arm, self._target.subscription_path)

    def require(self, actions: tuple[str, ...] = LIFECYCLE_ACTIONS) -> None:
        """Check that the identity has the permissions that a run needs.

        Raises:
            AccessDenied: With the missing actions.
        """
        missing = missing_actions(self.permissions(), actions)
        if missing:
            raise errors.AccessDenied(
                f"the identity lacks permissions in {self._target.resource_group_id}: {', '.join(missing)}",
                "Give it the Contributor role on the resource group, or on the subscription if the group does not "
                "exist yet. New role assignments take up to ten minutes to take effect.",
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
