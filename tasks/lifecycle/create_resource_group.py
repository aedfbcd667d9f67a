"""Create the resource group, marked as ours, where there is none."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.ownership import is_owned
from tasks.domain.azure.resource_group import ResourceGroup
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import LOOK_AGAIN


@task(task_run_name="create resource group {target.resource_group}", **LOOK_AGAIN)
def create_resource_group(target: AzureTarget) -> ResourceGroup:
    """Create the resource group with our ownership tags if it is absent.

    Safe to run again: a present group is left as it is, tags included, so that somebody else's never becomes ours.
    """
    with opened(target) as azure:
        group = azure.resource_groups.create_if_absent()
    owner = "ours" if is_owned(group.tags) else "not made by these flows, which will never remove it"
    get_run_logger().info("Resource group %s in %s: %s", group.name, group.location, owner)
    return group
