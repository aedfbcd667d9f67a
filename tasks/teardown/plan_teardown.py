"""Plan a teardown without deleting anything."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.teardown.plan import TeardownPlan, TeardownScope
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED
from tasks.teardown.planning import plan_of


@task(task_run_name="plan teardown of {scope}", **UNCACHED)
def plan_teardown(
    target: AzureTarget, endpoint: EndpointName, scope: TeardownScope, *, purge: bool = False
) -> TeardownPlan:
    """List the resources to delete, and those that this project did not create; only reads. Safe to run again.

    Raises:
        Conflict: When a lock forbids the deletion.
    """
    with opened(target) as azure:
        plan = plan_of(azure, target, endpoint, scope, purge=purge)
        if plan.removes and not plan.foreign:
            azure.locks.require_none(target.endpoint_id(endpoint) if scope == "endpoint" else target.resource_group_id)
    logger = get_run_logger()
    for one in plan.removes:
        logger.info("would delete %s (%s)", one.name, one.type)
    for left in plan.leaves:
        logger.info("would leave %s (%s): %s", left.resource.name, left.resource.type, left.reason)
    for one in plan.foreign:
        logger.warning("not created by this project: %s (%s)", one.name, one.type)
    if not plan.removes and not plan.foreign:
        logger.info("%s does not exist: nothing to delete", plan.what)
    return plan
