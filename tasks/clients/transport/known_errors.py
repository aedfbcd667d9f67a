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
class Known:
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
_BUSY: Final = "Wait for the other operation to finish, then run again."
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
KNOWN: Final[tuple[Known, ...]] = (
    Known(
        errors.Conflict,
        "Choose another endpoint name. A deleted endpoint frees its name only when the deletion has finished.",
        phrase=r"already an endpoint with this name|unique within a region",
    ),
    Known(
        errors.InvalidSpec,
        "Ask the network security team whether v1_legacy_mode is needed, then turn it off on the workspace. The change "
        "takes up to an hour.",
        phrase=r"v1[_ ]?legacy[_ ]?mode",
    ),
    Known(errors.QuotaExceeded, _QUOTA, phrase=r"not enough quota|error-outofquota"),
    Known(
        errors.InvalidSpec,
        "Choose an instance_type that managed online endpoints support: aka.ms/managed-online-endpoints-SKU-list.",
        phrase=r"vm ?size \S+ is not supported",
    ),
    Known(
        errors.InvalidSpec,
        "Set image_build_compute on the workspace to a compute cluster in its region.",
        phrase=r"failed to communicate with the workspace's container registry",
    ),
    Known(
        errors.AccessDenied,
        "Allow trusted Azure services: az keyvault update --name VAULT --bypass AzureServices.",
        phrase=r"key ?vault.*(bypass|trusted|firewall|network rule)|bypass.*key ?vault",
    ),
    Known(
        errors.OperationInProgress,
        _BUSY,
        phrase=r"(is|because it is) in (creating|updating|deleting|scaling|accepted) "
        r"provisioning state|another operation|waiting for lock",
    ),
    Known(
        errors.OperationInProgress,
        "Run again. Another run was uploading the same file; an unfinished upload is overwritten.",
        code="BlobAlreadyExists",
    ),
    Known(
        errors.NotReady,
        "Provision the managed network, and wait until its status is Active.",
        code="WorkspaceManagedNetworkNotReady",
    ),
    Known(errors.InvalidSpec, _IMAGE, code="ImageBuildComputeNotValid"),
    Known(errors.ProvisioningFailed, _IMAGE, code="ImageBuildFailure"),
    Known(errors.QuotaExceeded, _QUOTA, code="OutOfQuota"),
    Known(errors.QuotaExceeded, _QUOTA, code="QuotaExceeded"),
    Known(errors.QuotaExceeded, _QUOTA, code="InsufficientQuota"),
    Known(errors.ProvisioningFailed, _LOGS, code="ResourceNotReady"),
    Known(errors.ProvisioningFailed, _LOGS, code="DeploymentCrashLoopBackOff"),
    Known(errors.ProvisioningFailed, _LOGS, code="UserScriptInitFailed"),
    Known(errors.ProvisioningFailed, _LOGS, code="UserScriptImportError"),
    Known(errors.ProvisioningFailed, _LOGS, code="UserScriptFunctionNotFound"),
    Known(errors.OperationInProgress, _BUSY, code="OperationCanceled"),
    Known(
        errors.ProvisioningFailed,
        "Check the secret's address, and that the endpoint's identity may read it. New role assignments take up to ten "
        "minutes to take effect.",
        code="SecretsInjectionError",
    ),
    Known(
        errors.InvalidSpec,
        "Correct the argument that the message names. If a startup task failed, give the endpoint's identity the roles "
        "Storage Blob Data Reader and AcrPull.",
        code="BadArgument",
    ),
    Known(
        errors.AccessDenied,
        "Give the identity the Contributor role on the resource group. New role assignments take up to ten minutes to "
        "take effect.",
        code="AuthorizationFailed",
    ),
    Known(
        errors.AccessDenied,
        "Also give the identity access to the linked resource that the message names.",
        code="LinkedAuthorizationFailed",
    ),
    Known(
        errors.OperationInProgress,
        "Run again: somebody, or a policy, has just made the private endpoint's DNS zone group, which can be only one.",
        code="MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed",
    ),
    Known(
        errors.InvalidSpec,
        "Name private DNS zones that are there, and whose names begin with privatelink: zone_ids of private_access.",
        code="InvalidPrivateDnsZoneIds",
    ),
    Known(
        errors.AccessDenied,
        "An Azure Policy denies this: comply with it, or ask its owner for an exemption.",
        code="RequestDisallowedByPolicy",
    ),
    Known(errors.AccessDenied, "Remove the lock on the resource or its resource group.", code="ScopeLocked"),
    Known(
        errors.AccessDenied,
        "The subscription is disabled: ask its owner to enable it.",
        code="ReadOnlyDisabledSubscription",
    ),
    Known(errors.AuthenticationFailed, _SIGN_IN, code="InvalidAuthenticationToken"),
    Known(errors.AuthenticationFailed, _SIGN_IN, code="InvalidAuthenticationTokenTenant"),
    Known(errors.AuthenticationFailed, _SIGN_IN, code="ExpiredAuthenticationToken"),
    Known(errors.AuthenticationFailed, _SIGN_IN, code="AuthenticationFailed"),
    Known(
        errors.NotFound,
        "Check subscription_id, and that the subscription is in the identity's tenant.",
        code="SubscriptionNotFound",
    ),
    Known(errors.NotFound, "Create the resource group first.", code="ResourceGroupNotFound"),
    Known(
        errors.NotReady,
        "Register the resource provider that the message names: az provider register --namespace NAMESPACE.",
        code="MissingSubscriptionRegistration",
    ),
    Known(
        errors.InvalidSpec,
        "The resource exists in another region: use that region, or another name.",
        code="InvalidResourceLocation",
    ),
    Known(
        errors.InvalidSpec,
        "Choose a region that the message lists.",
        code="LocationNotAvailableForResourceType",
    ),
    Known(
        errors.InvalidSpec,
        "Choose an instance_type that the region offers.",
        code="SkuNotAvailable",
    ),
    Known(
        errors.Conflict,
        "A soft-deleted key vault has this name: purge it, or choose another workspace name.",
        code="VaultAlreadyExists",
    ),
    Known(
        errors.Conflict,
        "A soft-deleted workspace has this name: purge it, or choose another name.",
        phrase=r"soft[- ]deleted workspace",
    ),
    Known(errors.OperationInProgress, _BUSY, code="AnotherOperationInProgress"),
    Known(errors.OperationInProgress, _BUSY, code="ConcurrentModification"),
    Known(errors.OperationInProgress, _BUSY, code="DeploymentActive"),
    Known(errors.OperationInProgress, _BUSY, code="ResourceGroupBeingDeleted"),
    Known(errors.Throttled, "Wait, then try again.", code="TooManyRequests"),
    Known(errors.Throttled, "Wait, then try again.", code="SubscriptionRequestsThrottled"),
    Known(
        errors.ServiceUnavailable,
        "Try again. If the error persists, open a support ticket with the request id.",
        code="InternalServerError",
    ),
)


def find_known(said: Iterable[tuple[str, str]]) -> tuple[Known, str, str] | None:
    """Return the first known error among (code, message) pairs, with the pair that matched."""
    pairs = tuple(said)
    for known in KNOWN:
        for code, message in pairs:
            if known.matches(code, message):
                return known, code, message
    return None
