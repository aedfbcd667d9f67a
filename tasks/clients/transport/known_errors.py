"""Azure's error codes and phrases that we know, what each means, and what to do about it.

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
        """Whether an error of Azure's is this one."""
        if self.code and self.code.lower() != code.lower():
            return False
        return not self.phrase or re.search(self.phrase, message, re.IGNORECASE) is not None


_QUOTA: Final = (
    "Ask for more quota in the portal (Azure ML reserves 20 percent more cores than the instances "
    "need), choose a smaller instance_type or fewer instances, or delete what is not used."
)
_BUSY: Final = "Wait until the other operation ends; the same request can be sent again then."
_LOGS: Final = (
    "Read the logs of both containers: score.py may fail in import or init(), or be too slow for "
    "the readiness probe. Without any log, the container never started."
)
_IMAGE: Final = (
    "Read the image build log in the workspace. Behind a private container registry, set "
    "image_build_compute on the workspace to a compute cluster in its region."
)
_SIGN_IN: Final = "Sign in again: check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET."

# The first match wins, so narrow phrases stand before bare codes.
KNOWN: Final[tuple[Known, ...]] = (
    Known(
        errors.Conflict,
        "Choose another endpoint name. A name is free again only when its deletion has ended.",
        phrase=r"already an endpoint with this name|unique within a region",
    ),
    Known(
        errors.InvalidSpec,
        "Turn v1_legacy_mode off on the workspace. Ask the network security team first, since it "
        "may be on for a reason; it takes up to an hour to take effect.",
        phrase=r"v1[_ ]?legacy[_ ]?mode",
    ),
    Known(errors.QuotaExceeded, _QUOTA, phrase=r"not enough quota|error-outofquota"),
    Known(
        errors.InvalidSpec,
        "Choose an instance_type that managed online endpoints have: the list is at "
        "aka.ms/managed-online-endpoints-SKU-list.",
        phrase=r"vm ?size \S+ is not supported",
    ),
    Known(
        errors.InvalidSpec,
        "Set image_build_compute on the workspace to a compute cluster in its region.",
        phrase=r"failed to communicate with the workspace's container registry",
    ),
    Known(
        errors.AccessDenied,
        "Let trusted Azure services by: az keyvault update --name VAULT --bypass AzureServices.",
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
        "Run again: the same file was being uploaded already, and an unfinished upload is overwritten.",
        code="BlobAlreadyExists",
    ),
    Known(
        errors.NotReady,
        "Provision the managed network first, and wait until its status is Active.",
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
        "Check the secret's address, and that the endpoint's identity may read it; new role "
        "assignments take up to ten minutes to be seen.",
        code="SecretsInjectionError",
    ),
    Known(
        errors.InvalidSpec,
        "Read the message for the argument. A startup task that failed means that the endpoint's "
        "identity lacks Storage Blob Data Reader or AcrPull.",
        code="BadArgument",
    ),
    Known(
        errors.AccessDenied,
        "Give the identity the role Contributor on the resource group; a new role assignment "
        "takes up to ten minutes to be seen.",
        code="AuthorizationFailed",
    ),
    Known(
        errors.AccessDenied,
        "Give the identity rights on the linked resource that the message names, too.",
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
        "An Azure Policy forbids this: ask whoever assigned it for an exemption, or comply.",
        code="RequestDisallowedByPolicy",
    ),
    Known(errors.AccessDenied, "Remove the lock on the resource or its group.", code="ScopeLocked"),
    Known(
        errors.AccessDenied,
        "The subscription is disabled: ask its owner.",
        code="ReadOnlyDisabledSubscription",
    ),
    Known(errors.AuthenticationFailed, _SIGN_IN, code="InvalidAuthenticationToken"),
    Known(errors.AuthenticationFailed, _SIGN_IN, code="InvalidAuthenticationTokenTenant"),
    Known(errors.AuthenticationFailed, _SIGN_IN, code="ExpiredAuthenticationToken"),
    Known(errors.AuthenticationFailed, _SIGN_IN, code="AuthenticationFailed"),
    Known(
        errors.NotFound,
        "Check subscription_id, and that the identity's tenant holds that subscription.",
        code="SubscriptionNotFound",
    ),
    Known(errors.NotFound, "Create the resource group first.", code="ResourceGroupNotFound"),
    Known(
        errors.NotReady,
        "Register the resource provider that the message names: az provider register --namespace.",
        code="MissingSubscriptionRegistration",
    ),
    Known(
        errors.InvalidSpec,
        "The resource exists in another region: use that one, or another name.",
        code="InvalidResourceLocation",
    ),
    Known(
        errors.InvalidSpec,
        "Choose a region that the message lists.",
        code="LocationNotAvailableForResourceType",
    ),
    Known(
        errors.InvalidSpec,
        "Choose an instance_type that the region has.",
        code="SkuNotAvailable",
    ),
    Known(
        errors.Conflict,
        "A soft-deleted key vault holds the name: purge it, or choose another workspace name.",
        code="VaultAlreadyExists",
    ),
    Known(
        errors.Conflict,
        "A deleted workspace of this name can still be recovered: purge it, or choose another.",
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
        "Try again; if it stays, open a support ticket with the request id.",
        code="InternalServerError",
    ),
)


def find_known(said: Iterable[tuple[str, str]]) -> tuple[Known, str, str] | None:
    """The first known error among (code, message) pairs, with the pair that matched."""
    pairs = tuple(said)
    for known in KNOWN:
        for code, message in pairs:
            if known.matches(code, message):
                return known, code, message
    return None
