"""Plan a teardown without deleting anything."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.clients.connect import Azure
from tasks.domain.azure.ownership import Holdings
from tasks.domain.azure.private_access import PrivateAccessParts
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.teardown.plan import TeardownPlan, TeardownScope, plan_endpoint, plan_resource_group
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="plan teardown of {scope}", **UNCACHED)
def plan_teardown(
    target: AzureTarget, endpoint: EndpointName, scope: TeardownScope, *, purge: bool = False
) -> TeardownPlan:
    """List the resources to delete, and those that this project did not create; only reads. Safe to run again.

    Raises:
        Conflict: When a lock forbids the deletion.
    """
    with opened(target) as azure:
        plan = _of_endpoint(azure, endpoint) if scope == "endpoint" else _of_group(azure, target, purge=purge)
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


def _of_endpoint(azure: Azure, name: str) -> TeardownPlan:
    endpoint = azure.endpoints.get(name)
    return plan_endpoint(name, endpoint, azure.online_deployments.list(name) if endpoint else ())


def _of_group(azure: Azure, target: AzureTarget, *, purge: bool) -> TeardownPlan:
    group = azure.resource_groups.get()
    holdings = azure.resource_groups.holdings() if group else Holdings()
    private_access = azure.private_access.parts() if group else PrivateAccessParts()
    plan = plan_resource_group(target.resource_group, group, holdings, private_access)
    names = azure.names.taken_by(plan.removes) + (azure.names.deleted_vaults() if group and purge else ())
    return plan.model_copy(update={"names": names, "purge": purge})
