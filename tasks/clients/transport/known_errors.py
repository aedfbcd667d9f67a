"""Known Azure error codes and messages, the error class of each, and its fix.

Sources: learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints,
learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tasks.domain.common import errors


@dataclass(frozen=True)
class KnownError:
    """One known error: matched by code, by a phrase in the message, or by both."""

    kind: type[errors.EndpointOpsError]
    hint: str
    code: str = ""
    phrase: str = ""

    def matches(self, code: str, message: str) -> bool:
        """Return whether an Azure error is this one."""
        if self.code and self.code.lower() != code.lower():
            return False
        return not self.phrase or re.search(self.phrase, message, re.IGNORECASE) is not None


_QUOTA: Final = (
    "Request more quota in the portal, choose a smaller instance_type or fewer instances, or delete unused "
    "deployments. Azure ML reserves 20 percent more cores than the instances need."
)
_IN_PROGRESS: Final = "Wait for the other operation to finish, then run again."
_LOGS: Final = (
    "Read the logs of both containers: score.py may fail on import or in init(), or start too slowly for the "
    "readiness probe. If both logs are empty, the container never started."
)
_IMAGE: Final = (
    "Read the image build log in the workspace. If the container registry is private, set image_build_compute on "
    "the workspace to a compute cluster in its region."
)
_SIGN_IN: Final = "Sign in again: run az login, or check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET."

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
    KnownError(errors.QuotaExceeded, _QUOTA, code="OutOfQuota"),
    KnownError(errors.QuotaExceeded, _QUOTA, code="QuotaExceeded"),
    KnownError(errors.QuotaExceeded, _QUOTA, code="InsufficientQuota"),
    KnownError(errors.ProvisioningFailed, _LOGS, code="ResourceNotReady"),
    KnownError(errors.ProvisioningFailed, _LOGS, code="DeploymentCrashLoopBackOff"),
    KnownError(errors.ProvisioningFailed, _LOGS, code="UserScriptInitFailed"),
    KnownError(errors.ProvisioningFailed, _LOGS, code="UserScriptImportError"),
    KnownError(errors.ProvisioningFailed, _LOGS, code="UserScriptFunctionNotFound"),
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
        "An Azure Policy denies this: comply with it, or ask its owner for an exemption.",
        code="RequestDisallowedByPolicy",
    ),
    KnownError(errors.AccessDenied, "Remove the lock on the resource or its resource group.", code="ScopeLocked"),
    KnownError(
        errors.AccessDenied,
        "The subscription is disabled: ask its owner to enable it.",
        code="ReadOnlyDisabledSubscription",
    ),
    KnownError(errors.AuthenticationFailed, _SIGN_IN, code="InvalidAuthenticationToken"),
    KnownError(errors.AuthenticationFailed, _SIGN_IN, code="InvalidAuthenticationTokenTenant"),
    KnownError(errors.AuthenticationFailed, _SIGN_IN, code="ExpiredAuthenticationToken"),
    KnownError(errors.AuthenticationFailed, _SIGN_IN, code="AuthenticationFailed"),
    KnownError(
        errors.NotFound,
        "Check subscription_id, and that the subscription is in the identity's tenant.",
        code="SubscriptionNotFound",
    ),
    KnownError(errors.NotFound, "Create the resource group first.", code="ResourceGroupNotFound"),
    KnownError(
        errors.NotReady,
        "Register the resource provider that the message names: az provider register --namespace NAMESPACE.",
        code="MissingSubscriptionRegistration",
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
    KnownError(
        errors.Conflict,
        "A soft-deleted key vault has this name: purge it, or choose another workspace name.",
        code="VaultAlreadyExists",
    ),
    KnownError(
        errors.Conflict,
        "A soft-deleted workspace has this name: purge it, or choose another name.",
        phrase=r"soft[- ]deleted workspace",
    ),
    KnownError(errors.OperationInProgress, _IN_PROGRESS, code="AnotherOperationInProgress"),
    KnownError(errors.OperationInProgress, _IN_PROGRESS, code="ConcurrentModification"),
    KnownError(errors.OperationInProgress, _IN_PROGRESS, code="DeploymentActive"),
    KnownError(errors.OperationInProgress, _IN_PROGRESS, code="ResourceGroupBeingDeleted"),
    KnownError(errors.Throttled, "Wait, then try again.", code="TooManyRequests"),
    KnownError(errors.Throttled, "Wait, then try again.", code="SubscriptionRequestsThrottled"),
    KnownError(
        errors.ServiceUnavailable,
        "Try again. If the error persists, open a support ticket with the request id.",
        code="InternalServerError",
    ),
)


def find_known_error(said: Iterable[tuple[str, str]]) -> tuple[KnownError, str, str] | None:
    """Return the first known error among (code, message) pairs, with the pair that matched."""
    pairs = tuple(said)
    for known in KNOWN_ERRORS:
        for code, message in pairs:
            if known.matches(code, message):
                return known, code, message
    return None
