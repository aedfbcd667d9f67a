"""Read the certificate of a host, trusted or not, over the same network path as scoring calls."""

from __future__ import annotations

import ssl
from datetime import UTC
from typing import Final

import httpx
from cryptography import x509

from tasks.clients.transport.errors import unreachable
from tasks.clients.transport.lanes import valid_proxy
from tasks.domain.diagnostics.probe import USER_AGENT, Certificate

_HEADERS: Final = {"User-Agent": USER_AGENT}


async def read_certificate(host: str, port: int, trusted: ssl.SSLContext) -> Certificate:
    """Open a TLS connection and return its certificate; an untrusted one is read without verification. No time limit.

    Raises:
        Unreachable: When no TLS connection can be opened.
    """
    try:
        return await _shown(host, port, trusted, "")
    except httpx.TransportError as error:
        problem = str(error)
        if "certificate" not in problem.lower():
            raise unreachable(f"read the certificate of {host}", f"{type(error).__name__}: {error}") from error
    try:
        return await _shown(host, port, anything(), problem)
    except httpx.TransportError as error:
        raise unreachable(f"read the certificate of {host}", f"{type(error).__name__}: {error}") from error


def certificate_of(response: httpx.Response, problem: str = "") -> Certificate | None:
    """Return the certificate of a response's connection, while the response is still open."""
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("ssl_object") if stream else None
    shown = connection.getpeercert(binary_form=True) if connection else None
    return _as_certificate(x509.load_der_x509_certificate(shown), problem) if shown else None


async def _shown(host: str, port: int, context: ssl.SSLContext, problem: str) -> Certificate:
    with valid_proxy():
        client = httpx.AsyncClient(verify=context, timeout=httpx.Timeout(None), headers=_HEADERS)
    async with client, client.stream("HEAD", f"https://{host}:{port}/") as response:
        certificate = certificate_of(response, problem)
    if certificate is None:
        raise httpx.ConnectError("the connection has no certificate")
    return certificate


def anything() -> ssl.SSLContext:
    """Return a context that verifies nothing: for inspection only, no secret is ever sent over it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _as_certificate(found: x509.Certificate, problem: str) -> Certificate:
    return Certificate(
        names=_names(found),
        issuer=found.issuer.rfc4514_string(),
        not_before=found.not_valid_before_utc.astimezone(UTC),
        not_after=found.not_valid_after_utc.astimezone(UTC),
        problem=problem,
    )


def _names(found: x509.Certificate) -> tuple[str, ...]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = names.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(one) for one in names.get_values_for_type(x509.IPAddress)))
