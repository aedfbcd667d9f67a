"""Create the resource group with this project's tags, if it is absent."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.ownership import is_owned
from tasks.domain.azure.resource_group import ResourceGroup
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="create resource group {target.resource_group}", **UNCACHED)
def create_resource_group(target: AzureTarget) -> ResourceGroup:
    """Create the resource group with this project's ownership tags if it is absent.

    Safe to run again: an existing group stays unchanged, including its tags, so that this project never adopts it.
    """
    with opened(target) as azure:
        group = azure.resource_groups.create_if_absent()
    owner = (
        "owned by this project"
        if is_owned(group.tags, group.id)
        else "not owned by this project, which never deletes it"
    )
    get_run_logger().info("Resource group %s in %s: %s", group.name, group.location, owner)
    return group
