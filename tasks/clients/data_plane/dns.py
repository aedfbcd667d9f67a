"""DNS queries over UDP, with a time limit, to the servers that the target names."""

from __future__ import annotations

from typing import Final

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver

from tasks.domain.azure.networking.dns import DnsAnswer, Vantage
from tasks.domain.common import errors

_PORT: Final = 53
_TRIES: Final = 3  # a lost datagram is not a finding


async def ask(vantage: Vantage, server: str | None, host: str, *, seconds: float) -> DnsAnswer:
    """Query one DNS server for the IPv4 addresses of a host. Errors and timeouts are answers too.

    Args:
        vantage: The kind of server.
        server: As HOST or HOST:PORT; None for this machine's own resolver.
        host: The name.
        seconds: The maximum time to wait, for three attempts.

    Raises:
        InvalidSpec: When the server is not a valid address, or this machine has no DNS server.
    """
    resolver = _resolver(server)
    resolver.timeout = seconds / _TRIES
    servers = server or ", ".join(str(one) for one in resolver.nameservers)
    try:
        found = await resolver.resolve(host, "A", lifetime=seconds, raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN:
        return DnsAnswer(vantage=vantage, server=servers, outcome="no_such_name", detail="no such name (NXDOMAIN)")
    except dns.resolver.LifetimeTimeout:
        return DnsAnswer(vantage=vantage, server=servers, outcome="no_answer", detail=f"no answer in {seconds:g} s")
    except (dns.exception.DNSException, OSError) as error:
        return DnsAnswer(vantage=vantage, server=servers, outcome="server_failure", detail=str(error)[:200])
    return _as_answer(vantage, servers, found)


def _resolver(server: str | None) -> dns.asyncresolver.Resolver:
    try:
        resolver = dns.asyncresolver.Resolver(configure=server is None)
        if server is not None:
            address, _, port = server.partition(":") if server.count(":") == 1 else (server, "", "")
            resolver.nameservers = [address]
            resolver.port = int(port or _PORT)
    except (dns.exception.DNSException, ValueError) as error:
        raise errors.InvalidSpec(
            f"DNS server {server or 'of this machine'} can't be queried: {error}",
            "Set it in the target's resolvers as an IP address, with :PORT if the port isn't 53.",
        ) from error
    return resolver


def _as_answer(vantage: Vantage, server: str, found: dns.resolver.Answer) -> DnsAnswer:
    names = [str(found.qname).rstrip(".")]
    names += [
        str(one).rstrip(".") for rrset in found.response.answer if rrset.rdtype == dns.rdatatype.CNAME for one in rrset
    ]
    addresses = tuple(sorted(str(one) for one in found.rrset or ()))
    return DnsAnswer(
        vantage=vantage,
        server=server,
        outcome="answered" if addresses else "no_address",
        names=tuple(names),
        addresses=addresses,
        detail="" if addresses else "the name exists but has no address",
    )
