"""Prepare the workspace's container registry for private access."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="prepare registry of {workspace.name}", **UNCACHED)
def prepare_registry(target: AzureTarget, workspace: Workspace, spec: WorkspaceSpec) -> ContainerRegistry | None:
    """Upgrade the registry to Premium and check the compute that builds images, as the guide requires.

    An existing registry is prepared before the network: Azure creates the managed network's private endpoint only for a
    Premium registry. Without a registry, nothing is done: Azure creates one with the first image.

    Safe to run again: a prepared registry stays unchanged.
    """
    del workspace  # used in the task run's name; the registry is the workspace's own
    with opened(target) as azure:
        registry = azure.registry.secure(spec)
    summary = f"{registry.name}, {registry.sku}" if registry else "none yet; Azure creates one with the first image"
    get_run_logger().info("Container registry: %s", summary)
    return registry
