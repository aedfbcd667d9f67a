"""The actions that each deployment's requests need, and where: the source of its custom roles and of the preflight.

`codes/versions/*` is a pattern because of startPendingUpload, which Azure has not registered: it refuses a custom role
that names such an action. Teardown reads everything, since Azure hides from lists what the caller may not read.
Source: learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, Literal

from pydantic import BaseModel

from tasks.domain.azure.endpoint import AuthMode
from tasks.domain.azure.governance.access import APPROVE, APPROVE_STORAGE, JOIN_NETWORK, JOIN_SUBNET, JOIN_ZONE
from tasks.domain.azure.governance.identity import ASSIGN_IDENTITY, READ_IDENTITY

Place = Literal["workspace", "network"]
Part = Literal["workspace", "outbound rules", "registry", "build compute", "private endpoint", "storage by identity"]

_ML: Final = "Microsoft.MachineLearningServices/workspaces"
_ENDPOINTS: Final = f"{_ML}/onlineEndpoints"
_DEPLOYMENTS: Final = f"{_ENDPOINTS}/deployments"
_PRIVATE_ENDPOINTS: Final = "Microsoft.Network/privateEndpoints"
_ZONES: Final = "Microsoft.Network/privateDnsZones"
PERMISSIONS_READ: Final = "Microsoft.Authorization/permissions/read"
GROUP_READ: Final = "Microsoft.Resources/subscriptions/resourceGroups/read"
LIST_KEYS: Final = f"{_ENDPOINTS}/listKeys/action"
TOKEN: Final = f"{_ENDPOINTS}/token/action"
SCORE: Final = f"{_ENDPOINTS}/score/action"

# What any call of an endpoint takes; which of the three depends on its authentication.
_CALL: Final = (LIST_KEYS, TOKEN, SCORE)
# The user-assigned identity of an endpoint, and its roles; needed in the resource groups of that identity, its registry
# and its account. Azure asks for the right to assign it whenever the endpoint is written.
_IDENTITY: Final = (
    "Microsoft.Authorization/roleAssignments/read",
    "Microsoft.Authorization/roleDefinitions/read",
    ASSIGN_IDENTITY,
    READ_IDENTITY,
)
_CREATE_WORKSPACE: Final = (
    "Microsoft.Resources/deployments/read",
    "Microsoft.Resources/deployments/write",
    "Microsoft.Insights/components/write",
    "Microsoft.KeyVault/vaults/write",
    "Microsoft.OperationalInsights/workspaces/write",
    "Microsoft.Storage/storageAccounts/write",
    f"{_ML}/write",
)
_RULES: Final = (f"{_ML}/outboundRules/read", f"{_ML}/outboundRules/write")
_PROVISION: Final = f"{_ML}/provisionManagedNetwork/action"
_REGISTRY: Final = (
    "Microsoft.ContainerRegistry/registries/read",
    "Microsoft.ContainerRegistry/registries/write",
    f"{_ML}/computes/read",
)
_BUILD: Final = (f"{_ML}/computes/read", f"{_ML}/computes/write")
_IDENTITY_STORAGE: Final = (f"{_ML}/datastores/write", "Microsoft.Storage/storageAccounts/write")
_CODE: Final = tuple(f"{_ML}/codes/versions/{verb}" for verb in ("read", "write", "startPendingUpload/action"))
_UPLOAD: Final = (
    f"{_ML}/datastores/listSecrets/action",
    f"{_ML}/datastores/read",
    f"{_ML}/environments/versions/read",
    f"{_ML}/environments/versions/write",
    f"{_ML}/models/versions/read",
    f"{_ML}/models/versions/write",
)
_COLLECT: Final = (f"{_ML}/data/versions/read", f"{_ML}/data/versions/write")
_DEPLOY: Final = (
    f"{_ENDPOINTS}/read",
    f"{_ENDPOINTS}/write",
    f"{_DEPLOYMENTS}/read",
    f"{_DEPLOYMENTS}/write",
    f"{_DEPLOYMENTS}/getLogs/action",
)
_STORAGE_READ: Final = "Microsoft.Storage/storageAccounts/read"
CREATE_PRIVATE_ENDPOINT: Final = (
    f"{_PRIVATE_ENDPOINTS}/read",
    f"{_PRIVATE_ENDPOINTS}/write",
    f"{_PRIVATE_ENDPOINTS}/privateDnsZoneGroups/read",
    f"{_PRIVATE_ENDPOINTS}/privateDnsZoneGroups/write",
)
CREATE_ZONES: Final = (
    f"{_ZONES}/read",
    f"{_ZONES}/write",
    JOIN_ZONE,
    f"{_ZONES}/virtualNetworkLinks/read",
    f"{_ZONES}/virtualNetworkLinks/write",
)
_OBSERVE: Final = (
    "Microsoft.ContainerRegistry/registries/read",
    "Microsoft.Insights/logs/*/read",
    "Microsoft.KeyVault/vaults/read",
    "Microsoft.KubernetesConfiguration/extensions/read",
    "Microsoft.Network/networkInterfaces/read",
    "Microsoft.Storage/storageAccounts/read",
    f"{_ML}/computes/read",
    f"{_ML}/diagnose/read",
    f"{_ML}/outboundRules/read",
    f"{_ML}/read",
    f"{_ENDPOINTS}/read",
    f"{_DEPLOYMENTS}/read",
    f"{_DEPLOYMENTS}/getLogs/action",
    f"{_PRIVATE_ENDPOINTS}/read",
    f"{_PRIVATE_ENDPOINTS}/privateDnsZoneGroups/read",
    *_CALL,
)
_OBSERVE_NETWORK: Final = (
    "Microsoft.Network/networkInterfaces/read",
    "Microsoft.Network/virtualNetworks/read",
    f"{_PRIVATE_ENDPOINTS}/read",
    f"{_PRIVATE_ENDPOINTS}/privateDnsZoneGroups/read",
    f"{_ZONES}/A/read",
    f"{_ZONES}/read",
    f"{_ZONES}/virtualNetworkLinks/read",
)
_ROLLOUT: Final = (
    *_OBSERVE,
    "Microsoft.Insights/metrics/read",
    f"{_ENDPOINTS}/write",
    f"{_DEPLOYMENTS}/write",
    f"{_DEPLOYMENTS}/delete",
    f"{_ML}/models/versions/read",
    ASSIGN_IDENTITY,
)
_LINK: Final = ("Microsoft.Network/virtualNetworks/read", JOIN_SUBNET, JOIN_NETWORK, *CREATE_ZONES)


class RoleSpec(BaseModel, frozen=True):
    """A custom role: what one deployment's identity needs in one resource group."""

    deployment: str
    place: Place
    actions: tuple[str, ...]

    @property
    def name(self) -> str:
        """The role's name, e.g. Endpoint Ops lifecycle."""
        return f"Endpoint Ops {self.deployment}{'' if self.place == 'workspace' else ', network'}"

    @property
    def file(self) -> str:
        """The name of its file in deployments/roles."""
        return f"{self.deployment}{'' if self.place == 'workspace' else '-network'}.json"

    def document(self) -> dict[str, Any]:
        """Return the role in the form that `az role definition create` takes."""
        group = "the workspace" if self.place == "workspace" else "the virtual network and the private DNS zones"
        return {
            "Name": self.name,
            "IsCustom": True,
            "Description": f"What the deployment {self.deployment} needs in the resource group of {group}.",
            "Actions": sorted(set(self.actions), key=str.lower),
            "NotActions": [],
            "DataActions": [],
            "NotDataActions": [],
            "AssignableScopes": ["/subscriptions/SUBSCRIPTION_ID"],
        }


LIFECYCLE: Final = RoleSpec(
    deployment="lifecycle",
    place="workspace",
    actions=(
        *(PERMISSIONS_READ, GROUP_READ, "Microsoft.Authorization/policyAssignments/read"),
        f"{_ML}/read",
        _PROVISION,
        *_CREATE_WORKSPACE,
        *_RULES,
        *_REGISTRY,
        f"{_ML}/codes/versions/*",
        *_UPLOAD,
        *_DEPLOY,
        *_CALL,
        *_BUILD,
        *_COLLECT,
        *_IDENTITY_STORAGE,
        _STORAGE_READ,
        *CREATE_PRIVATE_ENDPOINT,
        APPROVE,
        APPROVE_STORAGE,
        *_IDENTITY,
    ),
)
ROLES: Final = (
    LIFECYCLE,
    RoleSpec(deployment="lifecycle", place="network", actions=(PERMISSIONS_READ, GROUP_READ, *_LINK)),
    RoleSpec(
        deployment="private-access",
        place="workspace",
        actions=(f"{_ML}/read", _STORAGE_READ, *CREATE_PRIVATE_ENDPOINT, APPROVE, APPROVE_STORAGE),
    ),
    RoleSpec(deployment="private-access", place="network", actions=_LINK),
    RoleSpec(
        deployment="teardown",
        place="workspace",
        actions=(
            "*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/delete",
            # With purge; the vault's own purge is a right of the subscription's.
            "Microsoft.Resources/tags/write",
            "Microsoft.KeyVault/vaults/delete",
            f"{_ML}/delete",
            f"{_ENDPOINTS}/delete",
            f"{_PRIVATE_ENDPOINTS}/delete",
        ),
    ),
    RoleSpec(
        deployment="teardown",
        place="network",
        actions=(
            f"{_ZONES}/A/read",
            f"{_ZONES}/delete",
            f"{_ZONES}/read",
            f"{_ZONES}/virtualNetworkLinks/delete",
            f"{_ZONES}/virtualNetworkLinks/read",
        ),
    ),
    RoleSpec(deployment="redeploy", place="workspace", actions=_ROLLOUT),
    RoleSpec(deployment="redeploy", place="network", actions=_OBSERVE_NETWORK),
    RoleSpec(deployment="recover", place="workspace", actions=_ROLLOUT),
    RoleSpec(deployment="recover", place="network", actions=_OBSERVE_NETWORK),
    RoleSpec(
        deployment="remedy",
        place="workspace",
        actions=(
            *_OBSERVE,
            "Microsoft.ContainerRegistry/registries/privateEndpointConnections/read",
            "Microsoft.ContainerRegistry/registries/privateEndpointConnections/write",
            "Microsoft.KeyVault/vaults/write",
            "Microsoft.Storage/storageAccounts/privateEndpointConnections/read",
            "Microsoft.Storage/storageAccounts/privateEndpointConnections/write",
            f"{_ML}/privateEndpointConnections/read",
            f"{_ML}/privateEndpointConnections/write",
            f"{_ML}/write",
            f"{_ENDPOINTS}/write",
            ASSIGN_IDENTITY,
            *CREATE_PRIVATE_ENDPOINT,
            APPROVE,
        ),
    ),
    RoleSpec(
        deployment="remedy",
        place="network",
        actions=(*_OBSERVE_NETWORK, *_LINK, f"{_PRIVATE_ENDPOINTS}/delete", f"{_ZONES}/A/write"),
    ),
    RoleSpec(
        deployment="intake",
        place="workspace",
        actions=(
            f"{_ML}/read",
            f"{_ML}/models/read",
            f"{_ML}/models/versions/read",
            f"{_ENDPOINTS}/read",
            f"{_DEPLOYMENTS}/read",
        ),
    ),
    RoleSpec(deployment="diagnostics", place="workspace", actions=_OBSERVE),
    RoleSpec(deployment="diagnostics", place="network", actions=_OBSERVE_NETWORK),
)


def lifecycle_actions(auth_mode: AuthMode | None, parts: Collection[Part]) -> tuple[str, ...]:
    """Return the actions that one run of the lifecycle needs in the workspace's resource group.

    Args:
        auth_mode: How the endpoint authenticates its callers; None if that is not known.
        parts: What else the run has to make, or to look after.
    """
    of_parts: dict[Part, tuple[str, ...]] = {
        "workspace": _CREATE_WORKSPACE,
        "outbound rules": _RULES,
        "registry": _REGISTRY,
        "build compute": _BUILD,
        "private endpoint": (*CREATE_PRIVATE_ENDPOINT, _STORAGE_READ),
        "storage by identity": _IDENTITY_STORAGE,
    }
    made = [action for name, actions in of_parts.items() if name in parts for action in actions]
    call = [action for mode, action in zip(("key", "aml_token", "aad_token"), _CALL, strict=True) if mode == auth_mode]
    return (GROUP_READ, f"{_ML}/read", _PROVISION, *_CODE, *_UPLOAD, *_DEPLOY, *call, *made)
