"""Promote the next color of a rollout, once nobody else answers any more."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.azure import opened
from tasks.domain.errors import NotReady
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.target import AzureTarget
from tasks.probing import endpoint_of, settled_routing, texts_of
from tasks.results import LOOK_AGAIN


@task(task_run_name="promote {rollout.color}", **LOOK_AGAIN)
def promote(target: AzureTarget, rollout: Rollout, requests: RolloutRequests) -> None:
    """See that every call is answered, and by the next color; then drop the way back.

    Safe to run again: scoring changes nothing, and a way back that is gone is left alone.

    Raises:
        NotReady: When a call fails.
        WaitTimedOut: When somebody else still answers.
    """
    with opened(target) as azure:
        answers = settled_routing(azure, endpoint_of(azure, rollout.endpoint), texts_of(azure, requests))
        failed = next((one for one in answers if not one.is_ok), None)
        if failed:
            raise NotReady(
                f"with all traffic, {rollout.color} answered HTTP {failed.status}: {failed.body}", failed.hint
            )
        azure.rollouts.end(rollout)
    get_run_logger().info("%d calls to %s were all answered by %s", len(answers), rollout.endpoint, rollout.color)
