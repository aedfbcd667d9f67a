"""Delete the resources that the lifecycle created, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.soft_delete import TakenName
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.teardown.plan import TeardownScope
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="tear down {scope}", **UNCACHED)
def tear_down(
    target: AzureTarget,
    endpoint: EndpointName,
    scope: TeardownScope,
    *,
    wait: bool,
    purge: Sequence[TakenName] = (),
) -> tuple[TakenName, ...]:
    """Delete the endpoint with its online deployments, or the whole resource group with the workspace's private access.

    Safe to run again: absent resources are fine, and a deletion in progress is awaited. Ownership is checked
    again right before the deletion, so that foreign resources created after the plan stay.

    Args:
        target: The workspace.
        endpoint: The endpoint's name.
        scope: The resources to delete.
        wait: True to wait until the deletion has finished. The name can't be reused before that.
        purge: The workspaces and vaults to purge, in the resource group alone: that frees their names.

    Returns:
        Those that could not be purged.
    """
    logger = get_run_logger()
    kept: tuple[TakenName, ...] = ()
    with opened(target) as azure:
        if scope == "endpoint":
            azure.endpoints.delete(endpoint, wait=wait)
        else:
            azure.resource_groups.require_ours()
            private_access = azure.private_access.remove()
            if purge:  # while the group is there: Azure purges nothing in a group that is gone
                azure.resource_groups.claim()
                kept = azure.names.purge(purge)
            azure.resource_groups.delete(wait=wait)
            for left in private_access.leaves:
                logger.info("left: %s (%s), since %s", left.resource.name, left.resource.type, left.reason)
    what = f"endpoint {endpoint}" if scope == "endpoint" else f"resource group {target.resource_group}"
    logger.info("%s: %s", what, "deleted" if wait else "deletion accepted; it continues in Azure")
    return kept
