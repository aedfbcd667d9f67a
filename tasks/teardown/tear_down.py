"""Delete the resources that the lifecycle created, and nothing else."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.governance.soft_delete import TakenName
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.teardown.plan import TeardownPlan, TeardownScope
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED
from tasks.teardown.planning import plan_of


@task(task_run_name="tear down {scope}", **UNCACHED)
def tear_down(
    target: AzureTarget,
    endpoint: EndpointName,
    scope: TeardownScope,
    approved: TeardownPlan,
    *,
    wait: bool,
) -> tuple[TakenName, ...]:
    """Delete the endpoint with its online deployments, or the whole resource group with the workspace's private access.

    Safe to run again: absent resources are fine, and a deletion in progress is awaited. Right before the deletion it
    is planned again: nothing is removed if anything foreign is there by then, or anything that was not approved.

    Args:
        target: The workspace.
        endpoint: The endpoint's name.
        scope: The resources to delete.
        approved: The plan that was approved. Where it says so, workspaces and vaults are purged, too.
        wait: True to wait until the deletion has finished. The name can't be reused before that.

    Returns:
        Those that could not be purged.

    Raises:
        Conflict: When there is more to remove by now than was approved.
        NotOwned: When there is anything by now that these flows did not create.
    """
    logger = get_run_logger()
    kept: tuple[TakenName, ...] = ()
    with opened(target) as azure:
        plan = plan_of(azure, target, endpoint, scope)
        plan.require_ours()
        plan.require_approved(approved.removes)
        if scope == "endpoint":
            azure.endpoints.delete(endpoint, wait=wait)
        else:
            azure.resource_groups.require_ours()
            private_access = azure.private_access.remove()
            if approved.purge:  # while the group is there: Azure purges nothing in a group that is gone
                azure.resource_groups.claim()
                kept = azure.names.purge(approved.names)
            azure.resource_groups.delete(wait=wait)
            for left in private_access.leaves:
                logger.info("left: %s (%s), since %s", left.resource.name, left.resource.type, left.reason)
    what = f"endpoint {endpoint}" if scope == "endpoint" else f"resource group {target.resource_group}"
    logger.info("%s: %s", what, "deleted" if wait else "deletion accepted; it continues in Azure")
    return kept
