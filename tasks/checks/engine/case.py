"""Gather the facts of one endpoint for a support ticket, each as far as it can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from tasks.checks.engine.applies import to_called
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.common.failures import named
from tasks.domain.common.redaction import redact
from tasks.domain.diagnostics.context import CaseFile


async def gather_case(look: EndpointLook) -> CaseFile:
    """Everything that the look knows. What the checks read before costs nothing; nothing that fails ends it."""
    facts = _facts(look)
    results = await asyncio.gather(*facts.values(), return_exceptions=True)
    known = dict(zip(facts, results, strict=True))
    missing = {name: redact(str(named(name, one))) for name, one in known.items() if isinstance(one, BaseException)}
    read: dict[str, Any] = {name: one for name, one in known.items() if name not in missing and one is not None}
    answers = tuple(read.pop(name) for name in ("system_answer", "custom_answer", "azure_answer") if name in read)
    return CaseFile(endpoint=look.endpoint, answers=answers, missing=missing, **read)


def _facts(look: EndpointLook) -> dict[str, Awaitable[Any]]:
    workspace = look.workspace
    facts: dict[str, Awaitable[Any]] = {
        "workspace": workspace.workspace(),
        "outbound_rules": workspace.outbound_rules(),
        "private_endpoints": workspace.private_endpoints(),
        "online_deployments": look.online_deployments(),
        "system_answer": look.system_answer(),
        "custom_answer": look.custom_answer(),
        "azure_answer": look.azure_answer(),
        "logs": look.container_logs(),
        "traffic": look.traffic(),
        "events": look.events(),
    }
    return facts if to_called(look.subject) else facts | {"call": look.call()}
