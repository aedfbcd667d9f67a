"""Plan the fix of an endpoint's root cause, without changing anything."""

from __future__ import annotations

import asyncio

from prefect import task
from prefect.logging import get_run_logger

from tasks.checks.engine.remedying import plan
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.results import DiagnosisRequest
from tasks.domain.remedy.plan import RemedyPlan, RemedyRequest
from tasks.runtime.azure import opened, opened_sources
from tasks.runtime.results import CACHED


@task(task_run_name="plan remedy of {endpoint}", **CACHED)
def plan_remedy(
    target: AzureTarget, endpoint: EndpointName, spec: DiagnosisRequest, remedy: RemedyRequest
) -> RemedyPlan:
    """Diagnose the endpoint, and plan the exact changes of properties of resources; only reads.

    The result is kept: a suspended run resumes with exactly the plan that was approved.
    """

    async def made() -> RemedyPlan:
        async with opened_sources(target) as sources:
            return await plan(sources, target, endpoint, spec, remedy)

    with opened(target) as azure:
        found = azure.remedies.with_owners(asyncio.run(made()))
    logger = get_run_logger()
    logger.info("%s is %s. %s", endpoint, found.health, found.summary)
    for one in found.changes:
        logger.info("would change %s: %s from %r to %r", one.what, one.path, one.before, one.after)
    return found
