"""Watch one step of a rollout, and judge it."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.step_result import Bake, Step
from tasks.domain.rollout.strategy import Strategy
from tasks.rollout.probing import texts_of
from tasks.rollout.watching import Watch, told
from tasks.runtime.azure import opened
from tasks.runtime.progress import TaskProgress
from tasks.runtime.results import UNCACHED


@task(task_run_name="watch {rollout.color}", **UNCACHED)
def watch_step(
    target: AzureTarget, rollout: Rollout, requests: RolloutRequests, strategy: Strategy, step: Step
) -> Bake:
    """Probe through the traffic map and by name over the bake time, read the users' calls, and compare both colors.

    Safe to run again: scoring changes nothing.
    """
    with opened(target) as azure:
        texts = texts_of(azure, requests)
        say, progress = get_run_logger().info, TaskProgress()
        watch = Watch(azure, step, rollout.color, rollout.source, texts, strategy, say=say, share=progress.share)
        bake = watch.watched()
        progress.end()
    for line in told(bake, rollout.color, rollout.source):
        get_run_logger().info(line)
    return bake
