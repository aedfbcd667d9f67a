"""Find a rollout that an endpoint's tags tell of."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.azure import opened
from tasks.domain.naming import EndpointName
from tasks.domain.rollout import Rollout, rollout_in
from tasks.domain.target import AzureTarget
from tasks.probing import endpoint_of
from tasks.results import LOOK_AGAIN


@task(task_run_name="find rollout of {endpoint}", **LOOK_AGAIN)
def find_rollout(target: AzureTarget, endpoint: EndpointName) -> Rollout | None:
    """The rollout that is under way, or was left by a run that was killed; only reads."""
    with opened(target) as azure:
        shown = endpoint_of(azure, endpoint)
    found = rollout_in(shown.name, shown.tags)
    if found:
        get_run_logger().info("Flow run %s has begun to roll out %s", found.run, found.color)
    return found
