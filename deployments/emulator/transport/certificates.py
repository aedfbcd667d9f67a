"""A certificate authority of the emulator's own, and a certificate per host name."""

from __future__ import annotations

import ipaddress
import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deployments.emulator.core import Emulator

LIFETIME = timedelta(days=365)
OTHER_HOST = "another-host.example"
STRANGER = x509.NameAttribute(NameOID.COMMON_NAME, "TLS inspection of some company")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of certificate: valid, or with one defect.

    `ends` is the time from now to its end; `name` stands in the place of the host's; one that is not `trusted` is
    signed by an unknown authority. A host that is not `shown` accepts no TLS connection at all.
    """

    ends: timedelta = LIFETIME
    name: str = ""
    trusted: bool = True
    shown: bool = True


GOOD = Kind()
KINDS = {
    "expired": Kind(ends=timedelta(days=-3)),
    "ends_soon": Kind(ends=timedelta(days=5, hours=12)),
    "other_host": Kind(name=OTHER_HOST),
    "untrusted": Kind(trusted=False),
    "none": Kind(shown=False),
}


class BadCertificates:
    """The hosts that show a defective certificate, for as long as a scenario is in force."""

    def __init__(self, _emulator: Emulator) -> None:
        self._kinds: list[tuple[re.Pattern[str], Kind]] = []

    def show(self, host: str, kind: str) -> None:
        """Let hosts that match this regular expression show a certificate of a kind, e.g. `expired`."""
        self._kinds.append((re.compile(host, re.IGNORECASE), KINDS[kind]))

    def stop(self, host: str, kind: str) -> None:
        """Undo `show`."""
        self._kinds = [one for one in self._kinds if (one[0].pattern, one[1]) != (host, KINDS[kind])]

    def clear(self) -> None:
        """Let every host show a good one."""
        self._kinds.clear()

    def kind_of(self, host: str) -> Kind:
        """The kind that a host shows."""
        return next((kind for pattern, kind in self._kinds if pattern.search(host)), GOOD)


class Authority:
    """Signs certificates for the requested host names. Its key never leaves the state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate_file = folder / "ca.pem"
        self._key_file = folder / "ca.key"
        if not self._key_file.exists():
            self._make()
        self._key = _load_key(self._key_file)
        self._certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._stranger = ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[tuple[str, Kind], ssl.SSLContext] = {}

    def _make(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Azure emulator on this machine")])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        certificate = (
            _builder(name, name, key)
            .add_extension(constraints, critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        self._key_file.touch(mode=0o600)
        self._key_file.write_bytes(_private_pem(key))
        self.certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str, kind: Kind = GOOD) -> ssl.SSLContext | None:
        """Return a server's TLS context for one host name, made once; None where the host accepts no TLS connection."""
        if not kind.shown:
            return None
        if (host, kind) not in self._contexts:
            self._contexts[host, kind] = self._make_context(host, kind)
        return self._contexts[host, kind]

    def _make_context(self, host: str, kind: Kind) -> ssl.SSLContext:
        shown = kind.name or host
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, shown[:64])])
        key = self._key if kind.trusted else self._stranger
        issuer = self._certificate.subject if kind.trusted else x509.Name([STRANGER])
        certificate = (
            _builder(name, issuer, self._leaf_key, kind.ends)
            .add_extension(x509.SubjectAlternativeName([_alternative(shown)]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(key, hashes.SHA256())
        )
        file = self._folder / "leaf.pem"
        file.touch(mode=0o600)
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + _private_pem(self._leaf_key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.set_alpn_protocols(["http/1.1"])
        file.unlink()
        return context


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, ends: timedelta = LIFETIME
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + ends) - timedelta(days=1))
        .not_valid_after(now + ends)
    )


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _load_key(file: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{file.name} does not hold an elliptic-curve key")
    return key
