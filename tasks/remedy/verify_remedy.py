"""Verify a remedy by running the check again."""

from __future__ import annotations

import asyncio

from prefect import task
from prefect.logging import get_run_logger

from tasks.checks.engine.remedying import verdict_on
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.results import DiagnosisRequest
from tasks.domain.diagnostics.verdict import EndpointVerdict
from tasks.domain.remedy.plan import failure_of
from tasks.runtime.azure import opened_sources
from tasks.runtime.results import UNCACHED


@task(task_run_name="verify remedy of {endpoint}", **UNCACHED)
def verify_remedy(target: AzureTarget, endpoint: EndpointName, spec: DiagnosisRequest, code: str) -> EndpointVerdict:
    """Diagnose the endpoint again; only reads, so it is safe to run again.

    Raises:
        NotReady: When the check that the remedy was for still fails.
        ServiceUnavailable: When that check could not read what it needs.
    """

    async def observed() -> EndpointVerdict:
        async with opened_sources(target) as sources:
            return await verdict_on(sources, target, endpoint, spec)

    found = asyncio.run(observed())
    failure = failure_of(code, found)
    if failure:
        raise failure
    get_run_logger().info("%s no longer fails; %s is %s", code, endpoint, found.health)
    return found
