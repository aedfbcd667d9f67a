"""DNS over UDP and TCP on loopback: one port each for the system's resolver, a custom one and Azure's own."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import cast

import dns.exception
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from deployments.emulator import dns_view
from deployments.emulator.core import Emulator
from deployments.emulator.faults import Fault

LOOPBACK = "127.0.0.1"
RESOLVERS = ("system", "custom", "azure")
# A custom resolver without this forwarding sees what the whole internet sees.
NOT_FORWARDED = "NotForwarded"
ATTEMPTS = 20
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
SECONDS = 60


class Resolver:
    """One DNS server; all three answer alike unless a fault says otherwise."""

    def __init__(self, emulator: Emulator, name: str) -> None:
        self._emulator = emulator
        self._name = name

    async def answer(self, wire: bytes) -> bytes | None:
        """Return the answer to a query, or None where a fault drops it.

        Faults with the method DNS apply: `host` is searched in the name asked for, `path` in the resolver's name.
        `fail` answers with the code (SERVFAIL, NXDOMAIN, REFUSED), `NotForwarded` from the public DNS only, an IPv4
        address with that address.
        """
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        name = str(query.question[0].name).rstrip(".").lower() if query.question else ""
        fault = self._emulator.faults.for_query(name, self._name)
        if fault and fault.action == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault and fault.action != "fail":
            return None
        return self._reply(query, name, fault).to_wire()

    def _reply(self, query: dns.message.Message, name: str, fault: Fault | None) -> dns.message.Message:
        reply = dns.message.make_response(query, recursion_available=True)
        code = fault.code if fault and fault.action == "fail" else ""
        if query.opcode() != dns.opcode.QUERY or not query.question:
            reply.set_rcode(dns.rcode.NOTIMP)
        elif ADDRESS.fullmatch(code):
            reply.answer.append(dns.rrset.from_text(f"{name}.", SECONDS, "IN", "A", code))
        elif code and code != NOT_FORWARDED:
            known = code.upper() in dns.rcode.Rcode.__members__
            reply.set_rcode(dns.rcode.from_text(code) if known else dns.rcode.SERVFAIL)
        else:
            self._fill(reply, name, private=code != NOT_FORWARDED)
        return reply

    def _fill(self, reply: dns.message.Message, name: str, *, private: bool) -> None:
        self._emulator.operations.settle()
        kind = dns.rdatatype.to_text(reply.question[0].rdtype)
        found = dns_view.resolve(self._emulator, name, kind, private=private)
        # An alias that leads to no name is NXDOMAIN too, with the alias in the answer (RFC 2308).
        reply.set_rcode(dns.rcode.NOERROR if found.exists else dns.rcode.NXDOMAIN)
        for record in found.records:
            reply.answer.append(dns.rrset.from_text(f"{record.name}.", record.seconds, "IN", record.type, record.value))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        task = asyncio.ensure_future(self._answer(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, address: tuple[str, int]) -> None:
        found = await self._resolver.answer(data)
        if found and self._transport and not self._transport.is_closing():
            self._transport.sendto(found, address)


async def _stream(resolver: Resolver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One TCP connection: each message after its length in two bytes."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            size = int.from_bytes(await reader.readexactly(2))
            found = await resolver.answer(await reader.readexactly(size))
            if found is None:
                break
            writer.write(len(found).to_bytes(2) + found)
            await writer.drain()
    writer.close()


async def listen(stack: contextlib.AsyncExitStack, emulator: Emulator) -> dict[str, str]:
    """Start the three resolvers; gives the variables EMULATOR_DNS_SYSTEM, …_CUSTOM and …_AZURE, as HOST:PORT."""
    found = {}
    for name in RESOLVERS:
        port = await _open(stack, Resolver(emulator, name))
        found[f"EMULATOR_DNS_{name.upper()}"] = f"{LOOPBACK}:{port}"
    return found


async def _open(stack: contextlib.AsyncExitStack, resolver: Resolver) -> int:
    """The port of a resolver, the same for UDP and TCP."""
    loop = asyncio.get_running_loop()
    for attempt in range(ATTEMPTS):
        server = await asyncio.start_server(lambda r, w: _stream(resolver, r, w), LOOPBACK, 0)
        port: int = server.sockets[0].getsockname()[1]
        try:
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(resolver), (LOOPBACK, port))
        except OSError:  # this number is in use for UDP: take another
            server.close()
            if attempt == ATTEMPTS - 1:
                raise
            continue
        stack.callback(server.close)
        stack.callback(transport.close)
        return port
    raise OSError("no port is free for both UDP and TCP")
