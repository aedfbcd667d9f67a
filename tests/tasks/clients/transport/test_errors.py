"""Every error of the SDKs, and every refusal of Azure's, becomes one of ours with a next action."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.transport import HttpRequest, RequestsTransportResponse

from tasks.clients.transport import errors as translator
from tasks.clients.transport.known_errors import KNOWN_ERRORS
from tasks.domain.common import errors


def http_error(status: int, body: Any, headers: dict[str, str] | None = None) -> HttpResponseError:
    """The error that azure-core raises for an answer."""
    answer = requests.Response()
    answer.status_code = status
    answer._content = (body if isinstance(body, str) else json.dumps(body)).encode()
    answer.headers.update(headers or {})
    return HttpResponseError(response=RequestsTransportResponse(HttpRequest("GET", "https://x"), answer))


def arm(code: str | None, message: str = "Said so.", **more: Any) -> dict[str, Any]:
    """An error body in the control plane's form."""
    return {"error": {"code": code, "message": message, **more}}


NAME_TAKEN = "There is already an endpoint with this name, Endpoint name needs to be unique within a region"
NESTED = arm(
    "DeploymentFailed",
    "At least one resource deployment operation failed.",
    details=[{"code": "RequestDisallowedByPolicy", "message": "Policy p forbids storage."}],
)
INNER = arm(
    "UserError",
    "Validation failed.",
    additionalInfo=[{"type": "InnerError", "info": {"value": {"code": "OutOfQuota", "message": "No cores."}}}],
)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, arm("InvalidAuthenticationToken"), errors.AuthenticationFailed, "InvalidAuthenticationToken"),
        (403, arm("AuthorizationFailed"), errors.AccessDenied, "AuthorizationFailed"),
        (403, arm("SomethingElse"), errors.AccessDenied, "SomethingElse"),
        (404, arm("ResourceNotFound"), errors.NotFound, "ResourceNotFound"),
        (404, arm("ResourceGroupNotFound"), errors.NotFound, "ResourceGroupNotFound"),
        (409, arm("Conflict"), errors.Conflict, "Conflict"),
        (501, arm("NotImplementedByEmulator"), errors.RequestRefused, "NotImplementedByEmulator"),
        (409, arm("AnotherOperationInProgress"), errors.OperationInProgress, "AnotherOperationInProgress"),
        (400, arm("UserError", NAME_TAKEN), errors.Conflict, "UserError"),
        (400, arm("BadRequest", "V1LegacyMode is true"), errors.InvalidSpec, "BadRequest"),
        (
            409,
            arm("Conflict", "Cannot create a deployment in endpoint X because it is in Updating provisioning state"),
            errors.OperationInProgress,
            "Conflict",
        ),
        (400, arm("WorkspaceManagedNetworkNotReady"), errors.NotReady, "WorkspaceManagedNetworkNotReady"),
        (400, arm("Strange"), errors.RequestRefused, "Strange"),
        (400, NESTED, errors.AccessDenied, "RequestDisallowedByPolicy"),
        (400, INNER, errors.QuotaExceeded, "OutOfQuota"),
        (429, "slow down", errors.Throttled, ""),
        (500, "<html>oops</html>", errors.ServiceUnavailable, ""),
        (501, arm("NotImplemented"), errors.RequestRefused, "NotImplemented"),
        (503, arm("ServerBusy"), errors.ServiceUnavailable, "ServerBusy"),
        (503, "", errors.ServiceUnavailable, ""),
    ],
)
def test_answers(status: int, body: Any, kind: type[errors.EndpointOpsError], code: str) -> None:
    """The narrowest known code or phrase decides, then the HTTP status; Azure's code stays."""
    error = translator.translate("create endpoint churn", http_error(status, body))
    assert type(error) is kind
    assert error.origin.code == code
    assert error.origin.status == status
    assert error.hint
    assert error.message.startswith("create endpoint churn: ")


def test_request_id_and_message_are_kept() -> None:
    """Azure's words and the id for a support ticket are in the text."""
    error = translator.translate("x", http_error(409, arm("Conflict", "Busy now."), {"x-ms-request-id": "r-7"}))
    assert "Busy now. (Conflict, HTTP 409, request id r-7)" in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"x-ms-retry-after-ms": "50"}, 0.05),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """The time to wait is taken from whichever header tells it."""
    error = translator.translate("x", http_error(429, arm("TooManyRequests"), headers))
    assert isinstance(error, errors.Throttled)
    assert error.origin.retry_after == seconds


def test_a_failed_operation_is_a_provisioning_failure() -> None:
    """An operation that ends badly has no HTTP status of its own."""
    body = {"status": "Failed", "error": {"code": "Odd", "message": "It broke."}}
    error = translator.refusal("create workspace w", None, {}, body)
    assert type(error) is errors.ProvisioningFailed
    assert str(error).startswith("create workspace w: Azure answered: It broke. (Odd)")


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (
            ServiceRequestError(
                "HTTPSConnectionPool(host='management.azure.com', port=443): Max retries exceeded (Caused by "
                "ProxyError('Unable to connect to proxy', NewConnectionError('refused')))"
            ),
            errors.Unreachable,
            "HTTPS_PROXY",
        ),
        (ServiceRequestError("SSLError: certificate verify failed"), errors.Unreachable, "REQUESTS_CA_BUNDLE"),
        (ServiceRequestError("Failed to resolve 'x' (Name or service not known)"), errors.Unreachable, "DNS"),
        (ServiceResponseError("Connection aborted."), errors.Unreachable, "network"),
        (ClientAuthenticationError("AADSTS7000215: Invalid client secret"), errors.AuthenticationFailed, "SECRET"),
        (ClientAuthenticationError("EnvironmentCredential: Max retries exceeded"), errors.Unreachable, "network"),
        (DecodeError("bad"), errors.ServiceUnavailable, "again"),
        (IncompleteReadError("short"), errors.ServiceUnavailable, "again"),
    ],
)
def test_no_answer(raised: Any, kind: type[errors.EndpointOpsError], said: str) -> None:
    """Without an answer, the hint names the obstacle."""
    error = translator.translate("sign in", raised)
    assert type(error) is kind
    assert said in error.hint


def test_the_context_manager_keeps_the_cause() -> None:
    """The original error is the cause of ours."""
    original = ResourceNotFoundError("gone")
    with pytest.raises(errors.EndpointOpsError) as caught, translator.translated("look"):
        raise original
    assert caught.value.__cause__ is original


def test_what_the_sdk_wraps_in_a_bare_exception_is_unwrapped() -> None:
    """As it does with the storage service's refusal of shared keys, an answer to HEAD without a body."""
    refused = http_error(403, "", {"x-ms-error-code": "KeyBasedAuthenticationNotPermitted"})
    with pytest.raises(errors.AccessDenied, match="KeyBasedAuthenticationNotPermitted"), translated_upload():
        raise Exception("See the documentation.") from refused  # noqa: TRY002  # as the SDK does


def translated_upload() -> AbstractContextManager[None]:
    return translator.translated("upload the files of online deployment blue")


def test_other_errors_pass() -> None:
    """Bugs of ours are not dressed up as Azure's."""
    with pytest.raises(KeyError), translator.translated("look"):
        raise KeyError("bug")


def test_secrets_do_not_survive_translation() -> None:
    """A SAS in Azure's message is taken out."""
    error = translator.translate("upload", http_error(403, arm("X", "https://a/b?sv=1&sig=abc%3D failed")))
    assert "abc%3D" not in str(error)


PATH = "/subscriptions/s/resourceGroups/rg-1/providers/x/workspaces/ws-1/onlineEndpoints/ep-1/deployments/blue"
TROUBLE = "Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-"
CRASHED = (
    f"ResourceNotReady: User container has crashed or terminated: Readiness probe failed. {TROUBLE}resourcenotready"
)
MEMORY = f"2026-11-27T10:00:00.1Z OutOfQuota: Container terminated due to insufficient memory. {TROUBLE}outofquota"
UNRECOVERABLE = (
    "Specified deployment [blue] failed during initial provisioning and is in an unrecoverable state. "
    "Delete and re-create."
)
NO_PULL = (
    "Endpoint identity does not have pull permission on the registry. For System Assigned Identity case and workspace "
    "ACR, platform will wire up the permissions."
)
NO_READ = "Startup task failed due to authorization error. Please see troubleshooting guide."
DENIED = (
    "User is not authorized to access provided resources due to none of the workspaces/registries are accessible from "
    "outside of the designated private link.."
)
DELETED = "A vault with the same name already exists in deleted state. You need to either recover or purge it."
VAULT = {"target": "/subscriptions/s/resourceGroups/rg-1/providers/Microsoft.KeyVault/vaults/kv-1"}


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "advice"),
    [
        (None, arm(None, CRASHED), errors.ProvisioningFailed, "ResourceNotReady", "Read the logs of both containers"),
        (None, arm("", CRASHED), errors.ProvisioningFailed, "ResourceNotReady", "Read the logs of both containers"),
        (None, arm(None, MEMORY), errors.ProvisioningFailed, "OutOfQuota", "instance_type with more memory"),
        (None, arm("OutOfQuota", MEMORY), errors.ProvisioningFailed, "OutOfQuota", "instance_type with more memory"),
        (None, arm(None, "Strange: Said so."), errors.ProvisioningFailed, "", "run again"),
        (
            400,
            arm("BadRequest", UNRECOVERABLE),
            errors.Unrecoverable,
            "BadRequest",
            "delete --name blue --endpoint-name ep-1 --workspace-name ws-1 --resource-group rg-1.",
        ),
        (401, arm("UserError", DENIED), errors.AccessDenied, "UserError", "Call from inside"),
        (403, arm("UserError", DENIED), errors.AccessDenied, "UserError", "private endpoint"),
        (502, arm("UserError", DENIED), errors.AccessDenied, "UserError", "private endpoint"),
        (
            400,
            arm("BadRequest", details=[{"code": "MissingDriverProgram", "message": "Could not find driver program."}]),
            errors.InvalidSpec,
            "MissingDriverProgram",
            "scoring_script",
        ),
        (
            None,
            arm("BadArgument", NO_PULL),
            errors.AccessDenied,
            "BadArgument",
            "--role AcrPull --scope $(az ml workspace show --name ws-1 --resource-group rg-1 --query",
        ),
        (
            None,
            arm("BadArgument", NO_PULL),
            errors.AccessDenied,
            "BadArgument",
            "az ml online-endpoint show --name ep-1 --workspace-name ws-1 --resource-group rg-1 --query",
        ),
        (
            None,
            arm("BadArgument", NO_READ),
            errors.AccessDenied,
            "BadArgument",
            "--role 'Storage Blob Data Reader' --scope $(az ml workspace show --name ws-1 --resource-group rg-1",
        ),
        (
            400,
            arm("UserError", "The identity of endpoint ep-1 cannot be changed from 'SystemAssigned'."),
            errors.InvalidSpec,
            "UserError",
            "az ml online-endpoint delete --name ep-1 --workspace-name ws-1 --resource-group rg-1.",
        ),
        (None, arm("OutOfCapacity"), errors.QuotaExceeded, "OutOfCapacity", "More quota doesn't help."),
        (
            404,
            arm("SubscriptionNotRegistered", "The subscription is not registered to use namespace 'Microsoft.Cdn'."),
            errors.NotReady,
            "SubscriptionNotRegistered",
            "az provider register --namespace Microsoft.Cdn --wait.",
        ),
        (
            None,
            arm("OutOfQuota", "No more role assignments can be created (code: RoleAssignmentLimitExceeded)"),
            errors.QuotaExceeded,
            "OutOfQuota",
            "az role assignment list --all",
        ),
        (
            400,
            arm(
                "BadRequest",
                details=[{"code": "InferencingClientCallFailed", "message": '{"errors": {"VmSize": ["Odd."]}}'}],
            ),
            errors.InvalidSpec,
            "InferencingClientCallFailed",
            "under errors",
        ),
        (
            400,
            arm(
                "InferencingClientCallFailed",
                "This endpoint has not been created successfully or is in deleting "
                "provisioning state. Please recreate endpoint.",
            ),
            errors.NotReady,
            "InferencingClientCallFailed",
            "online-endpoint show --name ep-1",
        ),
        (401, arm("ExpiredAuthenticationToken"), errors.TokenExpired, "ExpiredAuthenticationToken", "clock"),
        (
            401,
            arm("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
            errors.TokenExpired,
            "InvalidAuthenticationToken",
            "new token",
        ),
        (400, arm("NoRegisteredProviderFound"), errors.RequestRefused, "NoRegisteredProviderFound", "another region"),
        (409, arm("ConflictError", DELETED, **VAULT), errors.Conflict, "ConflictError", "purge --name kv-1."),
        (409, arm("ConflictError", DELETED), errors.Conflict, "ConflictError", "purge --name VAULT."),
        (
            400,
            arm("BadRequest", innererror={"code": "ImageBuildFailure", "message": "No wheel."}),
            errors.ProvisioningFailed,
            "ImageBuildFailure",
            "image build log",
        ),
    ],
)
def test_an_error_is_known_by_more_than_its_code(
    status: int | None, body: Any, kind: type[errors.EndpointOpsError], code: str, advice: str
) -> None:
    """Without a code, the word that leads the message decides; Azure's sentence is there whole, and once."""
    error = translator.refusal("create online deployment blue", status, {}, body, PATH)
    assert (type(error), error.origin.code) == (kind, code)
    assert advice in error.hint
    said = [body["error"], *body["error"].get("details", []), body["error"].get("innererror", {})]
    said = next(one["message"] for one in reversed(said) if one)
    assert str(error).count(said) == 1


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("KeyBasedAuthenticationNotPermitted", "az storage account update --name store1 --allow-shared-key-access"),
        ("AuthorizationPermissionMismatch", "Storage Blob Data Contributor"),
        ("AuthorizationFailure", "network rules"),
    ],
)
@pytest.mark.parametrize("body", ["", "<Error><Code>X</Code><Message>No.\nRequestId:1</Message></Error>", "{}"])
def test_a_storage_refusal_is_known_by_its_header(code: str, advice: str, body: str) -> None:
    """Each of the storage service's three refusals has its own fix, also in an answer to HEAD, which has no body."""
    address = "https://store1.blob.core.windows.net/container/code"
    error = translator.refusal("upload", 403, {"x-ms-error-code": code}, body, address)
    assert (type(error), error.origin.code) == (errors.AccessDenied, code)
    assert advice in error.hint


def test_known_errors_have_a_criterion_and_a_hint() -> None:
    """Each known error can be recognised, and says what to do."""
    for known in KNOWN_ERRORS:
        assert known.code or known.phrase
        assert known.hint.endswith(".")
