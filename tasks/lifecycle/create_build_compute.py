"""Create the compute cluster that builds images."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="create build compute {name}", **UNCACHED)
def create_build_compute(target: AzureTarget, name: str) -> None:
    """Create the cluster that the workspace names as its image_build_compute, if it is absent.

    Needs the managed network, which its nodes are in. It has no node, and costs nothing, while no image is built.

    Safe to run again: an existing compute stays unchanged.
    """
    with opened(target) as azure:
        created = azure.computes.create_if_absent(name)
    get_run_logger().info("Compute %s %s", name, "created" if created else "was there")
