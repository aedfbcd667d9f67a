"""The resolvers, asked over the wire."""

from __future__ import annotations

import dns.message
import dns.opcode
import dns.query
import dns.rcode
import pytest
from support.emulator.running import RunningEmulator

HOST = "management.azure.com"


def ask(emulator: RunningEmulator, resolver: str, name: str = HOST, *, tcp: bool = False) -> dns.message.Message:
    address, port = emulator.variables[f"EMULATOR_DNS_{resolver.upper()}"].split(":")
    query = dns.message.make_query(name, "A")
    send = dns.query.tcp if tcp else dns.query.udp
    return send(query, address, port=int(port), timeout=5)


@pytest.mark.parametrize("tcp", [False, True])
@pytest.mark.parametrize("resolver", ["system", "custom", "azure"])
def test_each_resolver_answers_over_both_transports(emulator: RunningEmulator, resolver: str, tcp: bool) -> None:
    """The same, each at an address of its own on loopback."""
    answer = ask(emulator, resolver, tcp=tcp)
    assert answer.rcode() == dns.rcode.NOERROR
    assert [rrset.to_text().split()[-1][:10] for rrset in answer.answer] == ["203.0.113."]
    assert emulator.variables[f"EMULATOR_DNS_{resolver.upper()}"].startswith("127.0.0.1:")


def test_unknown_names_are_nxdomain(emulator: RunningEmulator) -> None:
    """Nothing is asked of the machine's own resolver."""
    assert ask(emulator, "system", "example.org").rcode() == dns.rcode.NXDOMAIN


def test_one_resolver_can_be_made_to_fail(emulator: RunningEmulator) -> None:
    """By a fault with the method DNS, for one name at one resolver; requests over HTTP don't use it up."""
    emulator.fault(action="fail", method="DNS", host="azure", path="custom", code="REFUSED")
    emulator.fault(action="fail", method="DNS", path="system")
    assert ask(emulator, "azure").rcode() == dns.rcode.NOERROR
    assert ask(emulator, "custom").rcode() == dns.rcode.REFUSED
    assert ask(emulator, "custom").rcode() == dns.rcode.NOERROR
    assert ask(emulator, "system").rcode() == dns.rcode.SERVFAIL


def test_a_resolver_can_be_silent(emulator: RunningEmulator) -> None:
    """A client runs into its own time limit."""
    emulator.fault(action="hang", method="DNS", path="azure")
    address, port = emulator.variables["EMULATOR_DNS_AZURE"].split(":")
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(dns.message.make_query(HOST, "A"), address, port=int(port), timeout=0.3)


def test_what_is_no_query_is_not_carried_out(emulator: RunningEmulator) -> None:
    """An update is refused, rubbish is dropped."""
    address, port = emulator.variables["EMULATOR_DNS_SYSTEM"].split(":")
    update = dns.message.make_query(HOST, "A")
    update.set_opcode(dns.opcode.STATUS)
    assert dns.query.udp(update, address, port=int(port), timeout=5).rcode() == dns.rcode.NOTIMP
