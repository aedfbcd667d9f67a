"""Begin a rollout: note the way back in the endpoint's tags."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.azure import opened
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_text import shares_text
from tasks.domain.target import AzureTarget
from tasks.results import LOOK_AGAIN


@task(task_run_name="begin rollout of {rollout.color}", **LOOK_AGAIN)
def begin_rollout(target: AzureTarget, rollout: Rollout) -> None:
    """Write the live and mirror traffic, the next color and the run into the endpoint's tags; traffic stays as it is.

    Safe to run again: the same note is left alone.
    """
    with opened(target) as azure:
        azure.rollouts.begin(rollout)
    get_run_logger().info("The way back is noted on %s: %s", rollout.endpoint, shares_text(rollout.live))
