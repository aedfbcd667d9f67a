"""Known Azure error codes and messages, the error class of each, and its fix.

Sources: learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints,
learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tasks.clients.transport.known_deployment_errors import INFERENCING_FRAMES, REFUSED_DEPLOYMENTS
from tasks.clients.transport.recognition import KnownError, code_of, same
from tasks.domain.azure.governance.soft_delete import TakenName, taken_advice
from tasks.domain.common import errors

_QUOTA: Final = (
    "Request more quota in the portal, choose a smaller instance_type or fewer instances, or delete unused "
    "deployments. Azure ML reserves 20 percent more cores than the instances need."
)
_IN_PROGRESS: Final = "Wait for the other operation to finish, then run again."
_LOGS: Final = (
    "Read the logs of both containers: score.py may fail on import or in init(), or start too slowly for the "
    "readiness probe. If both logs are empty, the container never started."
)
_MEMORY: Final = (
    "Choose an instance_type with more memory, or load less in init(): the container needed more than its instance "
    "has. More quota doesn't help."
)
_IMAGE: Final = (
    "Read the image build log in the workspace. If the container registry is private, set image_build_compute on "
    "the workspace to a compute cluster in its region."
)
_SIGN_IN: Final = "Sign in again: run az login, or check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET."

_FROM_INSIDE: Final = (
    "Call from inside the workspace's virtual network. If you do, check the workspace's private endpoint, and that the "
    "host name resolves to its private address there."
)
_VAULT: Final = (
    "Purge the soft-deleted key vault: az keyvault purge --name {vault}. Or recover it, az keyvault recover --name "
    "{vault}, or choose another workspace name. With purge protection, only recovery works. A purge takes the right "
    "Microsoft.KeyVault/locations/deletedVaults/purge/action on the subscription, such as Contributor there."
)

_WORKSPACE: Final = taken_advice(
    TakenName(kind="workspace", id="{workspace_id}", location="LOCATION"), is_group_there=True
)

_EXPIRED: Final = "Run again: the next attempt fetches a new token. If the error persists, check this machine's clock."

# The first match wins, so specific phrases come before bare codes.
KNOWN_ERRORS: Final[tuple[KnownError, ...]] = (
    KnownError(
        errors.Conflict,
        "Choose another endpoint name. A deleted endpoint frees its name only when the deletion has finished.",
        phrase=r"already an endpoint with this name|unique within a region",
    ),
    KnownError(
        errors.InvalidSpec,
        "Ask the network security team whether v1_legacy_mode is needed, then turn it off on the workspace. The change "
        "takes up to an hour.",
        phrase=r"v1[_ ]?legacy[_ ]?mode",
    ),
    KnownError(errors.ProvisioningFailed, _MEMORY, phrase=r"terminated due to insufficient memory"),
    KnownError(
        errors.Unrecoverable,
        "Delete the online deployment, then create it again: az ml online-deployment delete --name {online_deployment} "
        "--endpoint-name {endpoint} --workspace-name {workspace} --resource-group {resource_group}.",
        phrase=r"failed during initial provisioning and is in an unrecoverable state",
    ),
    KnownError(errors.AccessDenied, _FROM_INSIDE, phrase=r"outside of the designated private link"),
    KnownError(
        errors.TokenExpired,
        _EXPIRED,
        phrase=r"lifetime validation failed|token (is|has) expired|token expiry utc time",
    ),
    *REFUSED_DEPLOYMENTS,
    KnownError(errors.QuotaExceeded, _QUOTA, phrase=r"not enough quota|error-outofquota"),
    KnownError(
        errors.InvalidSpec,
        "Choose an instance_type that managed online endpoints support: aka.ms/managed-online-endpoints-SKU-list.",
        phrase=r"vm ?size \S+ is not supported",
    ),
    KnownError(
        errors.InvalidSpec,
        "Set image_build_compute on the workspace to a compute cluster in its region.",
        phrase=r"failed to communicate with the workspace's container registry",
    ),
    KnownError(
        errors.AccessDenied,
        "Allow trusted Azure services: az keyvault update --name VAULT --bypass AzureServices.",
        phrase=r"key ?vault.*(bypass|trusted|firewall|network rule)|bypass.*key ?vault",
    ),
    KnownError(
        errors.OperationInProgress,
        "Wait until the creation has ended, then read the logs again.",
        phrase=r"in deleting or creating state so logs can't be retrieved",
    ),
    KnownError(
        errors.OperationInProgress,
        _IN_PROGRESS,
        phrase=r"(is|because it is) in (creating|updating|deleting|scaling|accepted) "
        r"provisioning state|another operation|waiting for lock",
    ),
    KnownError(
        errors.OperationInProgress,
        "Run again. Another run was uploading the same file; an unfinished upload is overwritten.",
        code="BlobAlreadyExists",
    ),
    KnownError(
        errors.NotReady,
        "Provision the managed network, and wait until its status is Active.",
        code="WorkspaceManagedNetworkNotReady",
    ),
    KnownError(errors.InvalidSpec, _IMAGE, code="ImageBuildComputeNotValid"),
    KnownError(errors.ProvisioningFailed, _IMAGE, code="ImageBuildFailure"),
    *same(errors.QuotaExceeded, _QUOTA, "OutOfQuota", "QuotaExceeded", "InsufficientQuota"),
    *same(
        errors.ProvisioningFailed,
        _LOGS,
        "ResourceNotReady",
        "DeploymentCrashLoopBackOff",
        "UserScriptInitFailed",
        "UserScriptImportError",
        "UserScriptFunctionNotFound",
    ),
    KnownError(errors.OperationInProgress, _IN_PROGRESS, code="OperationCanceled"),
    KnownError(
        errors.ProvisioningFailed,
        "Check the secret's address, and that the endpoint's identity may read it. New role assignments take up to ten "
        "minutes to take effect.",
        code="SecretsInjectionError",
    ),
    KnownError(
        errors.InvalidSpec,
        "Correct the argument that the message names. If a startup task failed, give the endpoint's identity the roles "
        "Storage Blob Data Reader and AcrPull.",
        code="BadArgument",
    ),
    KnownError(
        errors.AccessDenied,
        "The storage account takes no shared keys. Set workspace.storage_access to identity in the lifecycle, and give "
        "the identity Storage Blob Data Contributor on the account; or allow keys: az storage account update --name "
        "{account} --allow-shared-key-access true.",
        code="KeyBasedAuthenticationNotPermitted",
    ),
    KnownError(
        errors.AccessDenied,
        "Give the identity that sent the request a data role; Owner and Contributor give no access to data: az role "
        "assignment create --assignee OBJECT_ID --role 'Storage Blob Data Contributor' --scope $(az storage account "
        "show --name {account} --query id --output tsv). A new assignment takes up to ten minutes.",
        code="AuthorizationPermissionMismatch",
    ),
    KnownError(
        errors.AccessDenied,
        "The storage account's network rules refuse this caller. Run inside a network with a private endpoint of the "
        "account; the flow private-access makes one. Or allow the caller's address: az storage account network-rule "
        "add --account-name {account} --ip-address ADDRESS.",
        code="AuthorizationFailure",
    ),
    KnownError(
        errors.AccessDenied,
        "Give the identity the Contributor role on the resource group. New role assignments take up to ten minutes to "
        "take effect.",
        code="AuthorizationFailed",
    ),
    KnownError(
        errors.AccessDenied,
        "Also give the identity access to the linked resource that the message names.",
        code="LinkedAuthorizationFailed",
    ),
    KnownError(
        errors.OperationInProgress,
        "Run again: somebody, or a policy, has just made the private endpoint's DNS zone group, which can be only one.",
        code="MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed",
    ),
    KnownError(
        errors.InvalidSpec,
        "Name private DNS zones that are there, and whose names begin with privatelink: zone_ids of private_access.",
        code="InvalidPrivateDnsZoneIds",
    ),
    KnownError(
        errors.AccessDenied,
        "An Azure Policy denies this: comply with it, or ask its owner for an exemption. See the policies: az policy "
        "assignment list --resource-group {resource_group}.",
        code="RequestDisallowedByPolicy",
    ),
    KnownError(
        errors.AccessDenied,
        "Find the lock: az lock list --resource-group {resource_group}. An Owner or User Access Administrator of its "
        "scope can remove it: az lock delete --ids LOCK_ID. Ask whoever set it first, then run again.",
        code="ScopeLocked",
    ),
    KnownError(
        errors.AccessDenied,
        "The subscription is disabled: ask its owner to enable it.",
        code="ReadOnlyDisabledSubscription",
    ),
    *same(
        errors.AuthenticationFailed,
        _SIGN_IN,
        "InvalidAuthenticationToken",
        "InvalidAuthenticationTokenTenant",
        "AuthenticationFailed",
    ),
    KnownError(errors.TokenExpired, _EXPIRED, code="ExpiredAuthenticationToken"),
    KnownError(
        errors.NotFound,
        "Check subscription_id, and that the subscription is in the identity's tenant.",
        code="SubscriptionNotFound",
    ),
    KnownError(errors.NotFound, "Create the resource group first.", code="ResourceGroupNotFound"),
    *same(
        errors.RequestRefused,
        "This cloud or region does not serve the API version: use another region, or a newer release of this project.",
        "NoRegisteredProviderFound",
        "InvalidResourceType",
        "InvalidApiVersionParameter",
    ),
    *same(
        errors.NotReady,
        "Register the resource provider: az provider register --namespace {namespace} --wait. This needs a role on the "
        "subscription, such as Contributor.",
        "MissingSubscriptionRegistration",
        "SubscriptionNotRegistered",
    ),
    KnownError(
        errors.InvalidSpec,
        "The resource exists in another region: use that region, or another name.",
        code="InvalidResourceLocation",
    ),
    KnownError(
        errors.InvalidSpec,
        "Choose a region that the message lists.",
        code="LocationNotAvailableForResourceType",
    ),
    KnownError(
        errors.InvalidSpec,
        "Choose an instance_type that the region offers.",
        code="SkuNotAvailable",
    ),
    KnownError(errors.Conflict, _VAULT, phrase=r"vault with the same name already exists in deleted state"),
    KnownError(
        errors.Conflict,
        "Choose another workspace name: another key vault has this one's. If az keyvault list-deleted shows it, it "
        "can be purged: az keyvault purge --name {vault}.",
        code="VaultAlreadyExists",
    ),
    KnownError(
        errors.Conflict,
        _WORKSPACE,
        phrase=r"soft[- ]deleted workspace",
    ),
    *same(
        errors.OperationInProgress,
        _IN_PROGRESS,
        "AnotherOperationInProgress",
        "StorageAccountOperationInProgress",
        "ConcurrentModification",
        "DeploymentActive",
        "ResourceGroupBeingDeleted",
    ),
    *same(errors.Throttled, "Wait, then try again.", "TooManyRequests", "SubscriptionRequestsThrottled"),
    *INFERENCING_FRAMES,
    KnownError(
        errors.ServiceUnavailable,
        "Try again. If the error persists, open a support ticket with the request id.",
        code="InternalServerError",
    ),
)


def find_known_error(said: Iterable[tuple[str, str]]) -> tuple[KnownError, str, str] | None:
    """Return the first known error among (code, message) pairs, with the pair that matched."""
    pairs = tuple((code_of(code, message), message) for code, message in said)
    for known in KNOWN_ERRORS:
        for code, message in pairs:
            if known.matches(code, message):
                return known, code, message
    return None
