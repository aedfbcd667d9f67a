"""Delete an online deployment that a rollout no longer needs."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.errors import Conflict
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.state import Rollout, rollout_in
from tasks.rollout.probing import endpoint_of
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="delete {color}", **UNCACHED)
def remove_color(target: AzureTarget, rollout: Rollout, color: str) -> None:
    """Delete the online deployment, and wait for the deletion. Safe to run again: no error if it is absent.

    Raises:
        InvalidSpec: While it has live traffic.
        NotOwned: When this project did not create it.
        Conflict: When another rollout has begun, which may use its name.
    """
    with opened(target) as azure:
        shown = endpoint_of(azure, rollout.endpoint)
        other = rollout_in(shown.name, shown.tags)
        if other and other.id != rollout.id:
            raise Conflict(f"flow run {other.run} is rolling {other.color} out, so {color} stays", "Delete it later.")
        azure.online_deployments.delete(rollout.endpoint, color)
    get_run_logger().info("%s is deleted", color)
