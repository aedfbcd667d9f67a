"""Create the workspace with a managed virtual network."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import CACHED


@task(task_run_name="create workspace {target.workspace}", **CACHED)
def create_workspace(target: AzureTarget, spec: WorkspaceSpec) -> Workspace:
    """Create or update the workspace with its storage, key vault and insights, and wait until it settles.

    Safe to run again: it first reads the workspace, waits for an operation in progress, and leaves a workspace that
    matches the spec unchanged.
    """
    with opened(target) as azure:
        workspace = azure.workspace.create_or_update(spec)
        azure.storage_access.apply(workspace, spec)
    get_run_logger().info(
        "Workspace %s: %s, isolation mode %s",
        workspace.name,
        workspace.provisioning_state,
        workspace.managed_network.isolation_mode,
    )
    return workspace
