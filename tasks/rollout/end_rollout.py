"""End a rollout whose traffic is restored: remove its record."""

from __future__ import annotations

from prefect import task

from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.state import Rollout
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="end rollout of {rollout.color}", **UNCACHED)
def end_rollout(target: AzureTarget, rollout: Rollout) -> None:
    """Remove the rollout record from the endpoint's tags, if it is this rollout's. Safe to run again."""
    with opened(target) as azure:
        azure.rollouts.end(rollout)
