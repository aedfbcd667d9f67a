"""The shared part of the checks of name resolution."""

from __future__ import annotations

import asyncio

from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.azure.networking.dns import DnsAnswer
from tasks.domain.diagnostics.resolution import Resolution


async def observe_system(facts: EndpointFacts) -> Resolution:
    """The caller's own resolver, and the private endpoints."""
    found, answer = await asyncio.gather(facts.workspace.private_endpoints(), facts.system_answer())
    return Resolution(private_endpoints=found, answers=(answer,))


async def observe_all(facts: EndpointFacts) -> Resolution:
    """All resolvers of the target, and the private endpoints."""
    found, *answers = await asyncio.gather(
        facts.workspace.private_endpoints(), facts.system_answer(), facts.custom_answer(), facts.azure_answer()
    )
    return Resolution(private_endpoints=found, answers=tuple(one for one in answers if isinstance(one, DnsAnswer)))
