"""Certificates of real TLS servers on loopback: good, expired, for another name, from a stranger."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tasks.clients.data_plane.certificates import read_certificate
from tasks.domain.common.errors import Unreachable
from tasks.domain.diagnostics.probe import judge_certificate

HOST = "127.0.0.1"


def write_certificate(folder: Path, days: int, address: str = HOST) -> Path:
    """A self-signed certificate with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@contextlib.asynccontextmanager
async def serving(file: Path | None) -> AsyncIterator[int]:
    """A server that answers every request with 404, over TLS if there is a certificate."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await (reader.readuntil(b"\r\n\r\n") if file else reader.read(1))
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    context = None
    if file:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
    server = await asyncio.start_server(answer, HOST, 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture(autouse=True)
def _directly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def trusting(file: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(file))


async def test_a_good_certificate(tmp_path: Path) -> None:
    """Names and dates are read, and there is no problem."""
    file = write_certificate(tmp_path, 90)
    async with serving(file) as port:
        found = await read_certificate(HOST, port, trusting(file))
    assert (found.names, found.problem) == ((HOST,), "")
    assert found.days_left(datetime.now(UTC)) == 89
    assert judge_certificate(HOST, found, datetime.now(UTC)).status == "PASS"


@pytest.mark.parametrize(("days", "address", "words"), [(-1, HOST, "expired"), (90, "127.0.0.9", "is for 127.0.0.9")])
async def test_a_certificate_that_cannot_be_trusted_is_read_all_the_same(
    tmp_path: Path, days: int, address: str, words: str
) -> None:
    """Its own dates and names say more than the refusal."""
    file = write_certificate(tmp_path, days, address)
    async with serving(file) as port:
        found = await read_certificate(HOST, port, trusting(file))
    assert "CERTIFICATE_VERIFY_FAILED" in found.problem
    verdict = judge_certificate(HOST, found, datetime.now(UTC))
    assert verdict.status == "FAIL"
    assert words in verdict.reason


async def test_a_strangers_certificate_is_not_trusted(tmp_path: Path) -> None:
    """The problem is told in the words of the TLS library."""
    async with serving(write_certificate(tmp_path, 90)) as port:
        found = await read_certificate(HOST, port, ssl.create_default_context())
    verdict = judge_certificate(HOST, found, datetime.now(UTC))
    assert verdict.status == "FAIL"
    assert "not trusted" in verdict.reason


async def test_a_server_without_tls_has_none() -> None:
    """That is no look at all."""
    async with serving(None) as port:
        with pytest.raises(Unreachable, match="read the certificate of"):
            await read_certificate(HOST, port, ssl.create_default_context())
