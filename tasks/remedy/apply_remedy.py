"""Apply an approved remedy."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.target import AzureTarget
from tasks.domain.remedy.plan import Change, RemedyPlan
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="apply remedy of {plan.endpoint}", **UNCACHED)
def apply_remedy(target: AzureTarget, plan: RemedyPlan) -> tuple[Change, ...]:
    """Make the planned changes and nothing else, each verified by reading it back.

    Safe to run again: changes that are made already are not repeated. Refuses, before it writes anything, when the
    resources are no longer as planned for.
    """
    with opened(target) as azure:
        done = azure.remedies.apply(plan)
    logger = get_run_logger()
    for one in done:
        logger.info("changed %s: %s is now %r; it was %r", one.what, one.path, one.after, one.before)
    if not done:
        logger.info("all changes had been made already")
    return done
