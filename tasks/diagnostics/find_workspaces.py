"""Find the workspaces in scope."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.checks.engine import diagnose
from tasks.checks.engine.sources import Sources
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.diagnostics.scope import Scope
from tasks.runtime.results import UNCACHED


@task(task_run_name="find workspaces of {scope.title}", **UNCACHED)
async def find_workspaces(sources: Sources, scope: Scope) -> tuple[WorkspaceFacts, ...]:
    """List the workspaces in scope; only reads. Safe to run again.

    Raises:
        EndpointOpsError: When the scope can't be read, or names a workspace that does not exist.
    """
    found = await diagnose.find_workspaces(sources, scope)
    get_run_logger().info("%d workspaces in scope", len(found))
    return found
