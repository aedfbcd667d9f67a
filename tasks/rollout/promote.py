"""Promote the candidate of a rollout, once no other deployment answers."""

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
from tasks.runtime.results import UNCACHED


@task(task_run_name="promote {rollout.color}", **UNCACHED)
def promote(target: AzureTarget, rollout: Rollout, requests: RolloutRequests, keep_minutes: float) -> None:
    """Check that the candidate answers every call; then remove the rollout record, or set when rollback ends.

    Safe to run again: scoring changes nothing, and a missing record is fine.

    Raises:
        NotReady: When a call fails, or another client has shifted traffic away from the candidate.
        WaitTimedOut: When another deployment still answers.
    """
    with opened(target) as azure:
        endpoint = endpoint_of(azure, rollout.endpoint)
        _require_all(endpoint, rollout)
        count = require_answers(azure, endpoint, rollout, texts_of(azure, requests))
        if keep_minutes:
            azure.rollouts.keep(rollout, datetime.now(UTC) + timedelta(minutes=keep_minutes))
        else:
            azure.rollouts.end(rollout)
    get_run_logger().info("%s answered all %d calls to %s", rollout.color, count, rollout.endpoint)


def _require_all(endpoint: Endpoint, rollout: Rollout) -> None:
    if share_of(endpoint.traffic, rollout.color) != 100:
        raise NotReady(
            f"{rollout.color} no longer has all traffic of endpoint {endpoint.name}: {shares_text(endpoint.traffic)}",
            "Another client changed the traffic during the rollout. Run again when no one else changes it.",
        )
