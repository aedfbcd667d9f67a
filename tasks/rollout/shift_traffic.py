"""Shift live traffic to the candidate of a rollout."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.report_page import shares_text
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.strategy import shares_at
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="shift {percent} % to {rollout.color}", **UNCACHED)
def shift_traffic(target: AzureTarget, rollout: Rollout, percent: int, last: Endpoint | None = None) -> Endpoint:
    """Set the live traffic, and read it back; the others split the rest in their previous proportion.

    Safe to run again: equal traffic stays unchanged.

    Args:
        target: The workspace.
        rollout: The rollout.
        percent: The candidate's share.
        last: The endpoint as the rollout last set it; None before its first traffic change.

    Raises:
        RolloutLost: When the endpoint is no longer in this rollout.
        Conflict: When another client has changed the traffic.
    """
    with opened(target) as azure:
        routed = azure.rollouts.route(rollout, shares_at(rollout.live, rollout.color, percent), last)
    get_run_logger().info("Traffic of %s: %s", routed.name, shares_text(routed.traffic))
    return routed
