"""Certificates: good ones, and bad ones where a test wants them."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from deployments.emulator.transport.certificates import GOOD, KINDS, Authority, BadCertificates, Kind

HOST, ADDRESS = "scores.westeurope.inference.ml.azure.com", "10.20.0.7"


def handshake(authority: Authority, host: str, kind: Kind) -> None:
    """A TLS handshake in memory, as a client makes it that trusts the authority."""
    server_context = authority.context(host, kind)
    assert server_context
    trusted = ssl.create_default_context(cafile=str(authority.certificate_file))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    client = trusted.wrap_bio(to_client, to_server, server_hostname=host)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("host", [HOST, ADDRESS])
def test_a_good_certificate_is_trusted_for_its_host(host: str, authority: Authority) -> None:
    """For names and for addresses; one context for each."""
    handshake(authority, host, GOOD)
    assert authority.context(host) is authority.context(host)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("expired", "expired"), ("other_host", "Hostname mismatch"), ("untrusted", "unable to get local issuer")],
)
def test_a_bad_certificate_is_refused_for_what_is_bad_about_it(kind: str, words: str, authority: Authority) -> None:
    """Each kind for its own reason."""
    with pytest.raises(ssl.SSLCertVerificationError, match=words):
        handshake(authority, HOST, KINDS[kind])


def test_one_that_ends_soon_is_still_good(authority: Authority) -> None:
    """It is only worth knowing."""
    handshake(authority, HOST, KINDS["ends_soon"])


def test_a_host_without_a_certificate_takes_no_tls(authority: Authority) -> None:
    """There is no context to serve it with."""
    assert authority.context(HOST, KINDS["none"]) is None


def test_bad_certificates_are_shown_as_long_as_they_are_wanted(tmp_path: Path) -> None:
    """By hosts that match, and by no others."""
    from deployments.emulator.core import Emulator, Options  # noqa: PLC0415 -- only this test needs a whole emulator

    kinds = Emulator(Options(tmp_path)).part(BadCertificates)
    kinds.show(r"^scores\.", "expired")
    kinds.show("inference", "untrusted")
    assert (kinds.kind_of(HOST), kinds.kind_of("management.azure.com")) == (KINDS["expired"], GOOD)
    kinds.stop(r"^scores\.", "expired")
    assert kinds.kind_of(HOST) == KINDS["untrusted"]
    kinds.clear()
    assert kinds.kind_of(HOST) == GOOD
