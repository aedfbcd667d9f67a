"""DNS answers as values, asked of a small server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
import pytest_asyncio

from tasks.clients.data_plane.dns import ask
from tasks.domain.azure.networking.dns import DnsOutcome
from tasks.domain.common.errors import InvalidSpec

CHAIN = ("churn.eastus.inference.ml.azure.com", "churn.guid.inference.eastus.privatelink.api.azureml.ms")


class Server(asyncio.DatagramProtocol):
    """Answers by the first label of the name."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.lost = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        name = str(query.question[0].name)
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        label = name.split(".", maxsplit=1)[0]
        if label == "silent":
            return
        if label == "lost" and self.lost < 2:
            self.lost += 1
            return
        if label in {"churn", "lost"}:
            reply.answer += [
                dns.rrset.from_text(CHAIN[0] + ".", 5, "IN", "CNAME", CHAIN[1] + "."),
                dns.rrset.from_text(CHAIN[1] + ".", 5, "IN", "A", "10.20.0.6", "10.20.0.5"),
            ]
        elif label == "gone":
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif label == "broken":
            reply.set_rcode(dns.rcode.SERVFAIL)
        self.transport.sendto(reply.to_wire(), addr)


@pytest_asyncio.fixture(loop_scope="function")
async def server() -> AsyncIterator[str]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    transport.close()


async def test_an_answer_has_its_addresses_and_the_names_on_the_way(server: str) -> None:
    """The chain of names shows whether the private zone was reached."""
    answer = await ask("custom", server, CHAIN[0], seconds=3)
    assert (answer.vantage, answer.server, answer.outcome) == ("custom", server, "answered")
    assert answer.addresses == ("10.20.0.5", "10.20.0.6")
    assert answer.names == CHAIN
    assert answer.text == "10.20.0.5, 10.20.0.6"


@pytest.mark.parametrize(
    ("host", "outcome", "words"),
    [
        ("gone.example", "no_such_name", "NXDOMAIN"),
        ("empty.example", "no_address", "no address"),
        ("silent.example", "no_answer", "no answer in 0.3 s"),
        ("broken.example", "server_failure", "SERVFAIL"),
    ],
)
async def test_what_brings_no_address_is_an_answer_too(server: str, host: str, outcome: DnsOutcome, words: str) -> None:
    """A resolver's silence or refusal is what the ladder judges, so it is no exception."""
    answer = await ask("azure", server, host, seconds=0.3)
    assert answer.outcome == outcome
    assert answer.addresses == ()
    assert words in answer.text


async def test_a_server_that_is_no_address_is_refused_with_a_hint() -> None:
    """A resolver is given as an address: its name would have to be resolved first."""
    with pytest.raises(InvalidSpec, match="as an IP address"):
        await ask("custom", "my dns", "churn.example", seconds=1)


async def test_a_lost_datagram_is_no_finding(server: str) -> None:
    """The server is asked three times within the limit."""
    assert (await ask("custom", server, "lost.eastus.inference.ml.azure.com", seconds=1.5)).outcome != "no_answer"
