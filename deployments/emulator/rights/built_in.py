"""The built-in roles that matter around workspaces, networks, storage and monitoring.

Source: learn.microsoft.com/azure/role-based-access-control/built-in-roles; roles of other services are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deployments.emulator.rights.permission import Permission

ML: Final = "Microsoft.MachineLearningServices"
STORAGE: Final = "Microsoft.Storage/storageAccounts"
BLOBS: Final = f"{STORAGE}/blobServices"
QUEUES: Final = f"{STORAGE}/queueServices/queues"
VAULTS: Final = "Microsoft.KeyVault/vaults"
IDENTITIES: Final = "Microsoft.ManagedIdentity/userAssignedIdentities"
# What nearly every role for one service has besides that service.
COMMON: Final = (
    "Microsoft.Authorization/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.ResourceHealth/availabilityStatuses/read",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Support/*",
)
# The services whose private endpoint connections a connection approver approves; storage only by hand.
APPROVABLE: Final = (
    "Microsoft.ApiManagement/service",
    "Microsoft.Cache/redis",
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.KeyVault/vaults",
    f"{ML}/workspaces",
    "Microsoft.Search/searchServices",
    "Microsoft.Sql/servers",
)


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    """A role that every tenant has: its name, its GUID and its one permission."""

    name: str
    guid: str
    permission: Permission


def _role(
    name: str,
    guid: str,
    *actions: str,
    no: tuple[str, ...] = (),
    data: tuple[str, ...] = (),
) -> BuiltInRole:
    return BuiltInRole(name, guid, Permission(actions, no, data))


def _approvals() -> tuple[str, ...]:
    connections = [
        f"{kind}/{action}"
        for kind in (*APPROVABLE, STORAGE)
        for action in (
            "privateEndpointConnections/read",
            "privateEndpointConnections/write",
            "privateLinkResources/read",
        )
    ]
    reads = [f"{kind}/read" for kind in (*APPROVABLE, STORAGE)]
    return (*(f"{kind}/privateEndpointConnectionsApproval/action" for kind in APPROVABLE), *connections, *reads)


GENERAL: Final = (
    _role("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "*"),
    _role(
        "Contributor",
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "*",
        no=(
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
            "Microsoft.Subscription/cancel/action",
            "Microsoft.Subscription/enable/action",
        ),
    ),
    _role("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", "*/read"),
    _role(
        "User Access Administrator",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        *("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    _role(
        "Role Based Access Control Administrator",
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/roleAssignments/delete",
        *("*/read", "Microsoft.Support/*"),
    ),
)
MACHINE_LEARNING: Final = (
    _role(
        "AzureML Data Scientist",
        "f6c7c914-8db3-469d-8ca1-694a8f32e121",
        *(f"{ML}/workspaces/*/{verb}" for verb in ("read", "action", "delete", "write")),
        no=(
            f"{ML}/workspaces/delete",
            f"{ML}/workspaces/write",
            f"{ML}/workspaces/computes/*/write",
            f"{ML}/workspaces/computes/*/delete",
            f"{ML}/workspaces/computes/listKeys/action",
            f"{ML}/workspaces/listKeys/action",
            f"{ML}/workspaces/hubs/write",
            f"{ML}/workspaces/hubs/delete",
            f"{ML}/workspaces/featurestores/write",
            f"{ML}/workspaces/featurestores/delete",
        ),
    ),
    _role(
        "AzureML Compute Operator",
        "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815",
        *(f"{ML}/workspaces/computes/*", f"{ML}/workspaces/notebooks/vm/*"),
    ),
    _role(
        "AzureML Registry User",
        "1823dd4f-9b8c-4ab6-ab4e-7397a3684615",
        *(f"{ML}/registries/read", f"{ML}/registries/assets/*"),
    ),
    _role("AzureML Metrics Writer", "635dd51f-9968-44d3-b7fb-6d9a6bd613ae", f"{ML}/workspaces/metrics/*/write"),
    _role("Azure AI Enterprise Network Connection Approver", "b556d68e-0be0-4f35-a333-ad7ee1ce17ea", *_approvals()),
    _role(
        "Azure AI Inference Deployment Operator",
        "3afb7f49-54cb-416e-8c09-6dc049efa503",
        "Microsoft.Authorization/*/read",
        "Microsoft.Insights/AutoscaleSettings/write",
        "Microsoft.Resources/deployments/*",
    ),
    _role(
        "Azure AI Administrator",
        "b78c5d69-af96-48a3-bf8d-a8b4d589de94",
        *COMMON,
        "Microsoft.ContainerRegistry/registries/*",
        "Microsoft.Insights/components/*",
        "Microsoft.Insights/diagnosticSettings/*",
        "Microsoft.KeyVault/*",
        f"{ML}/workspaces/*",
        "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
        "Microsoft.Storage/storageAccounts/*",
        data=(f"{BLOBS}/containers/blobs/*", f"{VAULTS}/*"),
    ),
    _role(
        "Azure Machine Learning Workspace Connection Secrets Reader",
        "ea01e6af-a1c1-4350-9563-ad00f8c72ec5",
        f"{ML}/workspaces/connections/listsecrets/action",
        f"{ML}/workspaces/metadata/secrets/read",
    ),
)
NETWORK: Final = (
    _role("Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7", *COMMON, "Microsoft.Network/*"),
    _role(
        "Private DNS Zone Contributor",
        "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
        *COMMON,
        "Microsoft.Network/privateDnsZones/*",
        "Microsoft.Network/privateDnsOperationResults/*",
        "Microsoft.Network/privateDnsOperationStatuses/*",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/join/action",
    ),
)
IDENTITY: Final = (
    _role(
        "Managed Identity Operator",
        "f1a07417-d97a-45cb-824c-7a7467783830",
        *COMMON,
        *(f"{IDENTITIES}/*/read", f"{IDENTITIES}/*/assign/action"),
    ),
    _role(
        "Managed Identity Contributor",
        "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
        *COMMON,
        *(f"{IDENTITIES}/{verb}" for verb in ("read", "write", "delete")),
    ),
)
DATA: Final = (
    _role("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d", "Microsoft.ContainerRegistry/registries/pull/read"),
    _role(
        "AcrPush",
        "8311e382-0749-4cb8-b61a-304f252e45ec",
        "Microsoft.ContainerRegistry/registries/pull/read",
        "Microsoft.ContainerRegistry/registries/push/write",
    ),
    _role(
        "Storage Account Contributor",
        "17d1049b-9a84-46fb-8f53-869881c3d3ab",
        *COMMON,
        *("Microsoft.Insights/diagnosticSettings/*", f"{STORAGE}/*"),
    ),
    _role(
        "Storage Blob Data Owner",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        *(f"{BLOBS}/containers/*", f"{BLOBS}/generateUserDelegationKey/action"),
        data=(f"{BLOBS}/containers/blobs/*",),
    ),
    _role(
        "Storage Blob Data Contributor",
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        *(f"{BLOBS}/containers/{verb}" for verb in ("delete", "read", "write")),
        f"{BLOBS}/generateUserDelegationKey/action",
        data=tuple(
            f"{BLOBS}/containers/blobs/{verb}" for verb in ("delete", "read", "write", "move/action", "add/action")
        ),
    ),
    _role(
        "Storage Blob Data Reader",
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        *(f"{BLOBS}/containers/read", f"{BLOBS}/generateUserDelegationKey/action"),
        data=(f"{BLOBS}/containers/blobs/read",),
    ),
    _role(
        "Storage Blob Delegator",
        "db58b8e5-c6ad-4a2a-8342-4190687cbf4a",
        f"{BLOBS}/generateUserDelegationKey/action",
    ),
    _role(
        "Storage Queue Data Contributor",
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        *(f"{QUEUES}/{verb}" for verb in ("delete", "read", "write")),
        data=tuple(f"{QUEUES}/messages/{verb}" for verb in ("delete", "read", "write", "process/action")),
    ),
    _role(
        "Storage Queue Data Reader",
        "19e7f393-937e-4f77-808e-94535e297925",
        f"{QUEUES}/read",
        data=(f"{QUEUES}/messages/read",),
    ),
    _role(
        "Storage Queue Data Message Processor",
        "8a0f0c08-91a1-4084-bc3d-661d67233fed",
        data=(f"{QUEUES}/messages/read", f"{QUEUES}/messages/process/action"),
    ),
    _role(
        "Storage Queue Data Message Sender",
        "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
        data=(f"{QUEUES}/messages/add/action",),
    ),
    _role(
        "Storage File Data Privileged Contributor",
        "69566ab7-960f-475b-8e7c-b3118f30c6bd",
        data=tuple(
            f"{STORAGE}/fileServices/{rest}"
            for rest in (
                *(f"fileShares/files/{verb}" for verb in ("read", "write", "delete", "modifypermissions/action")),
                *("readFileBackupSemantics/action", "writeFileBackupSemantics/action"),
            )
        ),
    ),
    _role(
        "Key Vault Administrator",
        "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        *COMMON,
        f"{VAULTS}/*/read",
        data=(f"{VAULTS}/*",),
    ),
    _role(
        "Key Vault Secrets User",
        "4633458b-17de-408a-b874-0445c86b69e6",
        data=(f"{VAULTS}/secrets/getSecret/action", f"{VAULTS}/secrets/readMetadata/action"),
    ),
    _role(
        "Key Vault Contributor",
        "f25e0fa2-a7c8-4377-a976-54943a77a395",
        *COMMON,
        "Microsoft.KeyVault/*",
        no=(
            "Microsoft.KeyVault/locations/deletedVaults/purge/action",
            "Microsoft.KeyVault/hsmPools/*",
            "Microsoft.KeyVault/managedHsms/*",
        ),
    ),
)
MONITORING: Final = (
    _role(
        "Log Analytics Reader",
        "73c42c96-874c-492b-b04d-ab87d138a893",
        "*/read",
        "Microsoft.OperationalInsights/workspaces/analytics/query/action",
        "Microsoft.OperationalInsights/workspaces/search/action",
        "Microsoft.Support/*",
        no=("Microsoft.OperationalInsights/workspaces/sharedKeys/read",),
    ),
    _role(
        "Monitoring Reader",
        "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
        *("*/read", "Microsoft.OperationalInsights/workspaces/search/action", "Microsoft.Support/*"),
    ),
    _role(
        "Monitoring Contributor",
        "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
        *("*/read", "Microsoft.Insights/*", "Microsoft.OperationalInsights/workspaces/sharedKeys/action"),
    ),
)
ROLES: Final = {role.guid: role for role in (*GENERAL, *MACHINE_LEARNING, *NETWORK, *IDENTITY, *DATA, *MONITORING)}
BY_NAME: Final = {role.name.lower(): role for role in ROLES.values()}
