"""Announce the progress of a rollout, as Prefect events for automations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from prefect import task
from pydantic import JsonValue

from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.state import Rollout
from tasks.runtime.endpoint_event import emit_endpoint_event
from tasks.runtime.results import UNCACHED_NO_RETRY

RolloutEvent = Literal["started", "step", "promoted", "rolled_back", "inconclusive", "shadowed"]


@task(task_run_name="announce {what}", **UNCACHED_NO_RETRY)
def announce_rollout(
    target: AzureTarget, rollout: Rollout, what: RolloutEvent, payload: Mapping[str, JsonValue]
) -> None:
    """Emit the event `azureml.rollout.WHAT` about the endpoint.

    Safe to run again: the same event of the same rollout has the same id.
    """
    emit_endpoint_event(
        target.endpoint_id(rollout.endpoint),
        f"azureml.rollout.{what}",
        f"{rollout.id}?{what}={payload.get('percent', '')}",
        {"rollout": rollout.id, "online_deployment": rollout.color, "live_before": dict(rollout.live), **payload},
    )
