"""The one translator from what the SDKs raise, and Azure answers, to our own errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from tasks.clients.transport.known_errors import find_known
from tasks.domain.azure.linked_rights import linked_advice
from tasks.domain.common import errors
from tasks.domain.common.redaction import redact

_READ: Final = "Read the message for the reason."
_BY_STATUS: Final[Mapping[int, tuple[type[errors.EndpointOpsError], str]]] = {
    401: (
        errors.AuthenticationFailed,
        "Sign in again: check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.",
    ),
    403: (errors.AccessDenied, "Give the identity the role Contributor on the resource group."),
    404: (errors.NotFound, "Check the names of subscription, resource group and resource."),
    405: (errors.RequestRefused, _READ),
    501: (errors.RequestRefused, _READ),
    408: (errors.ServiceUnavailable, "Try again."),
    409: (errors.Conflict, "Look at the resource's state, then decide what to change."),
    412: (errors.Conflict, "The resource changed meanwhile: look at it again."),
    424: (errors.RequestRefused, "Read the message for the dependency that failed."),
    429: (errors.Throttled, "Wait, then try again."),
}
_SERVER: Final = "Try again; if it stays, open a support ticket with the request id."
_MESSAGE_CHARS: Final = 2000


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn what the SDKs raise inside into our errors, keeping the original as the cause.

    Args:
        doing: What is being asked of Azure, such as ``create endpoint churn``.

    Raises:
        EndpointOpsError: For every error of azure-core, azure-identity and azure-ai-ml.
    """
    try:
        yield
    except AzureError as error:
        raise translate(doing, error) from error


def translate(doing: str, error: AzureError) -> errors.EndpointOpsError:
    """The error of ours that says the same as one of the SDKs'."""
    if isinstance(error, DecodeError):
        return errors.ServiceUnavailable(f"{doing}: the answer broke off", _SERVER)
    if isinstance(error, HttpResponseError) and error.response is not None:
        response: Any = error.response
        return refusal(doing, response.status_code, response.headers, _body_of(error))
    if isinstance(error, HttpResponseError) and error.error is not None:
        said = {"error": {"code": error.error.code or "", "message": error.error.message or ""}}
        return refusal(doing, None, {}, said)
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return unreachable(doing, str(error))
    if isinstance(error, ClientAuthenticationError):
        return _not_signed_in(doing, error)
    return _from_sdk(doing, error)


def refusal(doing: str, status: int | None, headers: Mapping[str, str], body: object) -> errors.EndpointOpsError:
    """The error for an answer of Azure's, from its status, headers and body.

    Args:
        doing: What was asked.
        status: The HTTP status; None for an operation that ended as failed.
        headers: The answer's headers.
        body: The answer's JSON, or its text.
    """
    said = list(_walk(body)) or _of_storage(headers, body)
    known = find_known(said)
    if known:
        kind, hint, (code, message) = known[0].kind, linked_advice(known[2]) or known[0].hint, known[1:]
    else:
        kind, hint = _by_status(status)
        code, message = said[-1] if said else ("", _text(body))
    origin = errors.Origin(
        code=code or (said[0][0] if said else ""),
        status=status,
        request_id=headers.get("x-ms-request-id", ""),
        retry_after=retry_after(headers),
    )
    return kind(f"{doing}: Azure answered: {_short(message) or 'nothing more'}", hint, origin)


def _of_storage(headers: Mapping[str, str], body: object) -> list[tuple[str, str]]:
    """What the storage service says: the code in a header, the message in XML."""
    code = headers.get("x-ms-error-code", "")
    message = re.search(r"<Message>(.*?)(?:\s*RequestId|</Message>)", _text(body), re.DOTALL)
    return [(code, message.group(1) if message else _text(body))] if code else []


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that Azure asks to wait, if it says so in one of its three headers."""
    lower = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1)):
        value = lower.get(name, "")
        if re.fullmatch(r"\d+(\.\d+)?", value) and float(value) > 0:
            return float(value) * unit
    return None


def unreachable(doing: str, detail: str) -> errors.Unreachable:
    """The error for a request that met no answer; names the proxy if that was the obstacle."""
    text = _short(detail)
    if re.search(r"prox(y|ies)", text, re.IGNORECASE):
        # The innermost connection, told last, is the one to the proxy.
        named = re.findall(r"NewConnectionError\(.*?host='([^']+)', port=(\d+)", text)
        where = f" ({':'.join(named[-1])})" if named else ""
        return errors.Unreachable(
            f"{doing}: no answer, the proxy refused or is not there: {text}",
            f"Check that the proxy in HTTPS_PROXY{where} runs and lets this host pass.",
        )
    if re.search(r"certificate", text, re.IGNORECASE):
        return errors.Unreachable(
            f"{doing}: the server's certificate is not trusted: {text}",
            "Set REQUESTS_CA_BUNDLE to the certificate authority of your proxy.",
        )
    if re.search(r"name resolution|name or service|getaddrinfo|resolve", text, re.IGNORECASE):
        return errors.Unreachable(
            f"{doing}: the host name does not resolve: {text}",
            "Check the caller's DNS: inside a virtual network, the private DNS zones.",
        )
    return errors.Unreachable(
        f"{doing}: no answer: {text}",
        "Check the network between here and Azure: firewall, HTTPS_PROXY, virtual network.",
    )


def _not_signed_in(doing: str, error: ClientAuthenticationError) -> errors.EndpointOpsError:
    text = _short(str(error))
    if re.search(r"unable to connect|max retries|connection|timed out", text, re.IGNORECASE):
        return unreachable(f"{doing}: get a token", text)
    return errors.AuthenticationFailed(
        f"{doing}: no token: {text}",
        "Check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or sign in with "
        "az login; AZURE_TOKEN_CREDENTIALS chooses the kind of credential.",
    )


def _from_sdk(doing: str, error: AzureError) -> errors.EndpointOpsError:
    cause = error.__cause__ or error.inner_exception
    if isinstance(cause, AzureError) and cause is not error:
        return translate(doing, cause)
    return errors.InvalidSpec(
        f"{doing}: {_short(str(error.message or error))}",
        "Correct the file or value that the message names.",
    )


def _by_status(status: int | None) -> tuple[type[errors.EndpointOpsError], str]:
    if status is None:
        return errors.ProvisioningFailed, "Read the message for the reason, then run again."
    otherwise = (errors.ServiceUnavailable, _SERVER) if status >= 500 else (errors.RequestRefused, _READ)
    return _BY_STATUS.get(status, otherwise)


def _body_of(error: HttpResponseError) -> object:
    text = error.response.text() if error.response is not None else ""
    try:
        return json.loads(text)
    except ValueError:
        return text or error.message


def _walk(body: object) -> Iterator[tuple[str, str]]:
    """All (code, message) pairs in an error body, the outermost first."""
    if isinstance(body, list):
        for one in body:
            yield from _walk(one)
    if not isinstance(body, Mapping):
        return
    code, message = body.get("code"), body.get("message")
    if isinstance(code, str) or isinstance(message, str):
        yield str(code or ""), str(message or "")
    for name in ("error", "details", "innerError", "innererror", "additionalInfo", "info", "value"):
        yield from _walk(body.get(name))


def _text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body) if body else ""


def _short(text: str) -> str:
    return redact(" ".join(text.split()))[:_MESSAGE_CHARS]
