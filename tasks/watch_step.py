"""Watch one step of a rollout by calls of its own."""

from __future__ import annotations

from prefect import task

from tasks.azure import opened
from tasks.domain.bake import Bake
from tasks.domain.endpoint import Endpoint
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.strategy import Strategy
from tasks.domain.target import AzureTarget
from tasks.probing import Watch, log_bake, texts_of, watched
from tasks.results import LOOK_AGAIN


@task(task_run_name="watch {rollout.color}", **LOOK_AGAIN)
def watch_step(
    target: AzureTarget, endpoint: Endpoint, rollout: Rollout, requests: RolloutRequests, strategy: Strategy
) -> Bake:
    """Call through the traffic map and past it over the bake time; ends early at the next color's first failure.

    Safe to run again: scoring changes nothing.
    """
    with opened(target) as azure:
        watch = Watch(texts_of(azure, requests), strategy.probes, strategy.bake_seconds)
        bake = watched(azure, endpoint, rollout.color, watch)
    log_bake(bake)
    return bake
