"""Promote the next color of a rollout, once nobody else answers any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.logging import get_run_logger

from tasks.azure import opened
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.target import AzureTarget
from tasks.probing import endpoint_of, require_answers, texts_of
from tasks.results import LOOK_AGAIN


@task(task_run_name="promote {rollout.color}", **LOOK_AGAIN)
def promote(target: AzureTarget, rollout: Rollout, requests: RolloutRequests, keep_minutes: float) -> None:
    """See that every call is answered, and by the next color; then drop the way back, or note how long it is kept.

    Safe to run again: scoring changes nothing, and a way back that is gone is left alone.

    Raises:
        NotReady: When a call fails.
        WaitTimedOut: When somebody else still answers.
    """
    with opened(target) as azure:
        count = require_answers(azure, endpoint_of(azure, rollout.endpoint), rollout, texts_of(azure, requests))
        if keep_minutes:
            azure.rollouts.keep(rollout, datetime.now(UTC) + timedelta(minutes=keep_minutes))
        else:
            azure.rollouts.end(rollout)
    get_run_logger().info("%d calls to %s were all answered by %s", count, rollout.endpoint, rollout.color)
