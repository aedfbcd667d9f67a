"""Mirror live traffic to the candidate of a rollout."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.report_page import shares_text
from tasks.domain.rollout.state import Rollout
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="mirror {percent} % to {rollout.color}", **UNCACHED)
def mirror_traffic(target: AzureTarget, rollout: Rollout, percent: int) -> Endpoint:
    """Set the mirror traffic, and read it back; callers still get the stable deployment's answers.

    Safe to run again: equal traffic stays unchanged.

    Raises:
        RolloutLost: When the endpoint is no longer in this rollout.
        Conflict: When another client has changed its traffic.
    """
    with opened(target) as azure:
        mirrored = azure.rollouts.mirror(rollout, percent)
    get_run_logger().info("Mirror traffic of %s: %s", mirrored.name, shares_text(mirrored.mirror_traffic))
    return mirrored
