"""Gather the facts of one endpoint for a support ticket, each as far as it can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from tasks.checks.engine.applies import to_called
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.common.failures import named
from tasks.domain.diagnostics.context import DiagnosisContext


async def gather_context(facts: EndpointFacts) -> DiagnosisContext:
    """Return all facts. Those that the checks have read cost nothing; one that fails does not end it."""
    reads = _reads(facts)
    results = await asyncio.gather(*reads.values(), return_exceptions=True)
    known = dict(zip(reads, results, strict=True))
    missing = {name: str(named(name, one)) for name, one in known.items() if isinstance(one, BaseException)}
    read: dict[str, Any] = {name: one for name, one in known.items() if name not in missing and one is not None}
    answers = tuple(read.pop(name) for name in ("system_answer", "custom_answer", "azure_answer") if name in read)
    return DiagnosisContext(endpoint=facts.endpoint, answers=answers, missing=missing, **read)


def _reads(facts: EndpointFacts) -> dict[str, Awaitable[Any]]:
    workspace = facts.workspace
    reads: dict[str, Awaitable[Any]] = {
        "workspace": workspace.workspace(),
        "outbound_rules": workspace.outbound_rules(),
        "private_endpoints": workspace.private_endpoints(),
        "online_deployments": facts.online_deployments(),
        "system_answer": facts.system_answer(),
        "custom_answer": facts.custom_answer(),
        "azure_answer": facts.azure_answer(),
        "logs": facts.container_logs(),
        "traffic": facts.traffic(),
        "events": facts.events(),
    }
    return reads if to_called(facts.subject) else reads | {"call": facts.call()}
