"""Make the workspace's container registry fit for private access."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import LOOK_AGAIN


@task(task_run_name="prepare registry of {workspace.name}", **LOOK_AGAIN)
def prepare_registry(target: AzureTarget, workspace: Workspace, spec: WorkspaceSpec) -> ContainerRegistry | None:
    """Raise the registry to Premium and name the compute that builds images, where the guide asks for it.

    A registry that is there comes before the network: Azure makes the managed network's private endpoint for a Premium
    registry only. A workspace without one gets it from Azure with its first image, and nothing is done here.

    Safe to run again: what is as it should be is left alone.
    """
    del workspace  # named in the title; and the registry is the workspace's own
    with opened(target) as azure:
        registry = azure.registry.secure(spec)
    told = f"{registry.name}, {registry.sku}" if registry else "none yet; Azure makes one with the first image"
    get_run_logger().info("Container registry: %s", told)
    return registry
