"""Promote the next color of a rollout, once nobody else answers any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.traffic import share_of
from tasks.domain.common.errors import NotReady
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.report_page import shares_text
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.rollout.probing import endpoint_of, require_answers, texts_of
from tasks.runtime.azure import opened
from tasks.runtime.results import LOOK_AGAIN


@task(task_run_name="promote {rollout.color}", **LOOK_AGAIN)
def promote(target: AzureTarget, rollout: Rollout, requests: RolloutRequests, keep_minutes: float) -> None:
    """See that every call is answered, and by the next color; then drop the way back, or note how long it is kept.

    Safe to run again: scoring changes nothing, and a way back that is gone is left alone.

    Raises:
        NotReady: When a call fails, or somebody else has taken traffic from the color meanwhile.
        WaitTimedOut: When somebody else still answers.
    """
    with opened(target) as azure:
        endpoint = endpoint_of(azure, rollout.endpoint)
        _require_all(endpoint, rollout)
        count = require_answers(azure, endpoint, rollout, texts_of(azure, requests))
        if keep_minutes:
            azure.rollouts.keep(rollout, datetime.now(UTC) + timedelta(minutes=keep_minutes))
        else:
            azure.rollouts.end(rollout)
    get_run_logger().info("%d calls to %s were all answered by %s", count, rollout.endpoint, rollout.color)


def _require_all(endpoint: Endpoint, rollout: Rollout) -> None:
    if share_of(endpoint.traffic, rollout.color) != 100:
        raise NotReady(
            f"{rollout.color} was given all traffic of endpoint {endpoint.name}, which goes elsewhere by now: "
            f"{shares_text(endpoint.traffic)}",
            "Somebody else changed it during the rollout. Run again once the traffic may change.",
        )
