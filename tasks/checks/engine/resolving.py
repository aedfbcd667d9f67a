"""What the checks of the DNS ladder share."""

from __future__ import annotations

import asyncio

from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.azure.dns import DnsAnswer
from tasks.domain.diagnostics.resolution import Resolution


async def observe_system(look: EndpointLook) -> Resolution:
    """The caller's own resolver, beside the private endpoints."""
    ways, answer = await asyncio.gather(look.workspace.private_endpoints(), look.system_answer())
    return Resolution(private_endpoints=ways, answers=(answer,))


async def observe_all(look: EndpointLook) -> Resolution:
    """All resolvers that the target names, beside the private endpoints."""
    ways, *answers = await asyncio.gather(
        look.workspace.private_endpoints(), look.system_answer(), look.custom_answer(), look.azure_answer()
    )
    return Resolution(private_endpoints=ways, answers=tuple(one for one in answers if isinstance(one, DnsAnswer)))
