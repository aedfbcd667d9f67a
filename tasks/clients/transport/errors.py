"""Translate SDK exceptions and Azure's error responses into this project's errors, in one place."""

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

from tasks.clients.transport.hints import fill_in
from tasks.clients.transport.known_errors import find_known_error
from tasks.domain.azure.classification import UNAVAILABLE, kind_of, service_of
from tasks.domain.azure.governance.access import refusal_advice
from tasks.domain.azure.governance.policy import policy_advice
from tasks.domain.common import errors

_MESSAGE_CHARS: Final = 2000


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Translate SDK exceptions raised in the block into this project's errors, with the original as the cause.

    Args:
        doing: The request in words, such as ``create endpoint churn``.

    Raises:
        EndpointOpsError: For every exception of azure-core, azure-identity and azure-ai-ml.
    """
    try:
        yield
    except AzureError as error:
        raise translate(doing, error) from error
    except Exception as error:
        # azure-ai-ml wraps the storage service's refusal of shared keys in a bare Exception.
        if type(error) is Exception and isinstance(error.__cause__, AzureError):
            raise translate(doing, error.__cause__) from error
        raise


def translate(doing: str, error: AzureError) -> errors.EndpointOpsError:
    """Return this project's error for an SDK exception."""
    if isinstance(error, DecodeError):
        return errors.ServiceUnavailable(f"{doing}: the response was incomplete", UNAVAILABLE)
    if isinstance(error, HttpResponseError) and error.response is not None:
        response: Any = error.response
        return refusal(doing, response.status_code, response.headers, _body_of(error), response.request.url)
    if isinstance(error, HttpResponseError) and error.error is not None:
        said = {"error": {"code": error.error.code or "", "message": error.error.message or ""}}
        return refusal(doing, None, {}, said)
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return unreachable(doing, str(error))
    if isinstance(error, ClientAuthenticationError):
        return _not_signed_in(doing, error)
    return _from_sdk(doing, error)


def refusal(
    doing: str, status: int | None, headers: Mapping[str, str], body: object, address: str = ""
) -> errors.EndpointOpsError:
    """Return the error for an Azure response, from its status, headers and body.

    Args:
        doing: The request in words.
        status: The HTTP status; None for an operation that ended as failed.
        headers: The response's headers.
        body: The response's JSON, or its text.
        address: The address of the request, or its path: the hint takes its names from it.
    """
    said = list(_walk(body))
    said += _of_header(headers, said[-1][1] if said else _text(body))
    known = find_known_error(said)
    if known:
        kind, (code, message) = known[0].kind, known[1:]
        advice = refusal_advice(message) or policy_advice(message, _text(body))
        hint = advice or fill_in(known[0].hint, address, _text(body))
    else:
        code, message = said[-1] if said else ("", _text(body))
        kind, hint = kind_of(service_of(address), status, code, message)
    origin = errors.Origin(
        code=code or (said[0][0] if said else ""),
        status=status,
        request_id=headers.get("x-ms-request-id", ""),
        retry_after=retry_after(headers),
    )
    return kind(f"{doing}: Azure answered: {_short(message) or 'no details'}", hint, origin)


def _of_header(headers: Mapping[str, str], text: str) -> list[tuple[str, str]]:
    """Return the code that only a header has, as the storage service's; the message is the text, or inside its XML."""
    code = headers.get("x-ms-error-code", "")
    message = re.search(r"<Message>(.*?)(?:\s*RequestId|</Message>)", text, re.DOTALL)
    return [(code, message.group(1) if message else text)] if code else []


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait, from whichever of Azure's three headers is set; None without one."""
    lower = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1)):
        value = lower.get(name, "")
        if re.fullmatch(r"\d+(\.\d+)?", value) and float(value) > 0:
            return float(value) * unit
    return None


def unreachable(doing: str, detail: str) -> errors.Unreachable:
    """Return the error for a request without a response; names the proxy if that was the obstacle."""
    text = _short(detail)
    if re.search(r"prox(y|ies)", text, re.IGNORECASE):
        # The innermost connection comes last: the one to the proxy.
        named = re.findall(r"NewConnectionError\(.*?host='([^']+)', port=(\d+)", text)
        where = f" ({':'.join(named[-1])})" if named else ""
        return errors.Unreachable(
            f"{doing}: no answer, the proxy is down or denied the request: {text}",
            f"Check that the proxy in HTTPS_PROXY{where} is running and allows this host.",
        )
    if re.search(r"certificate", text, re.IGNORECASE):
        return errors.Unreachable(
            f"{doing}: the server's certificate is not trusted: {text}",
            "Set REQUESTS_CA_BUNDLE to your proxy's CA certificate.",
        )
    if re.search(r"name resolution|name or service|getaddrinfo|resolve", text, re.IGNORECASE):
        return errors.Unreachable(
            f"{doing}: the host name does not resolve: {text}",
            "Check the caller's DNS; in a virtual network, also the private DNS zones.",
        )
    return errors.Unreachable(
        f"{doing}: no answer: {text}",
        "Check the network path to Azure: firewall, HTTPS_PROXY, virtual network.",
    )


def _not_signed_in(doing: str, error: ClientAuthenticationError) -> errors.EndpointOpsError:
    text = _short(str(error))
    if re.search(r"unable to connect|max retries|connection|timed out", text, re.IGNORECASE):
        return unreachable(f"{doing}: get a token", text)
    return errors.AuthenticationFailed(
        f"{doing}: no token: {text}",
        "Run az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. "
        "AZURE_TOKEN_CREDENTIALS selects the credential type.",
    )


def _from_sdk(doing: str, error: AzureError) -> errors.EndpointOpsError:
    if (cause := _azure_cause(error)) is not None:
        return translate(doing, cause)
    return errors.InvalidSpec(
        f"{doing}: {_short(str(error.message or error))}",
        "Correct the file or value that the message names.",
    )


def _azure_cause(error: AzureError) -> AzureError | None:
    """Return the SDK exception behind another one; azure-ai-ml puts bare exceptions between the two."""
    cause: BaseException | None = error.__cause__ or error.inner_exception
    while cause is not None and not isinstance(cause, AzureError):
        cause = cause.__cause__
    return None if cause is error else cause


def _body_of(error: HttpResponseError) -> object:
    text = error.response.text() if error.response is not None else ""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text or error.message


def _walk(body: object) -> Iterator[tuple[str, str]]:
    """Yield all (code, message) pairs of an error body, outermost first."""
    if isinstance(body, list):
        for one in body:
            yield from _walk(one)
    if not isinstance(body, Mapping):
        return
    code, message = body.get("code"), body.get("message")
    if isinstance(body.get("error"), str):  # the token service's form
        code, message = body["error"], body.get("error_description")
    if isinstance(code, str) or isinstance(message, str):
        yield str(code or ""), str(message or "")
    for name in ("error", "details", "innerError", "innererror", "additionalInfo", "info", "value"):
        yield from _walk(body.get(name))


def _text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body) if body else ""


def _short(text: str) -> str:
    return " ".join(text.split())[:_MESSAGE_CHARS]
