"""Watch a step of a rollout on while a person is asked whether it goes on."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from prefect import task
from prefect.exceptions import NotPausedError
from prefect.flow_runs import resume_flow_run
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from tasks.azure import opened
from tasks.domain.bake import Bake, Step
from tasks.domain.errors import EndpointOpsError, Stopped
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.strategy import Strategy
from tasks.domain.target import AzureTarget
from tasks.probing import texts_of
from tasks.results import LOOK_ONCE
from tasks.stopping import pause
from tasks.watching import Watch

_AGAIN_SECONDS: Final = 2.0


@task(task_run_name="guard {rollout.color}", **LOOK_ONCE)
def guard_step(
    target: AzureTarget, rollout: Rollout, requests: RolloutRequests, strategy: Strategy, step: Step
) -> Bake | None:
    """Watch for as long as the answer is waited for; where the next color fails, answer no in the person's place.

    Ends as soon as it is told that the answer is there. Safe to run again: scoring changes nothing, and an answer that
    is there stays.

    Returns:
        The look at the color that failed; None where it did well.
    """
    try:
        for seconds in strategy.looks(strategy.approval_minutes):
            one = strategy.model_copy(update={"bake_seconds": seconds, "extensions": 0})
            if (bake := _looked(target, rollout, requests, one, step)) and bake.is_failed:
                _refuse(bake.analysis.reason if bake.analysis else "")
                return bake
    except Stopped:
        get_run_logger().info("the answer is there, and %s did well until then", rollout.color)
    return None


def _looked(
    target: AzureTarget, rollout: Rollout, requests: RolloutRequests, strategy: Strategy, step: Step
) -> Bake | None:
    """One look; None where it was not possible, which must not decide."""
    try:
        with opened(target) as azure:
            texts = texts_of(azure, requests)
            seen = Watch(azure, step, rollout.color, rollout.source, texts, strategy).watched()
    except Stopped:
        raise
    except EndpointOpsError as error:
        get_run_logger().warning("%s could not be watched, and will be again: %s", rollout.color, error.message)
        pause(strategy.bake_seconds)
        return None
    return seen.model_copy(update={"is_asked": True})


def _refuse(reason: str) -> None:
    """Answer for the person who was asked; the question may be about to be put only."""
    get_run_logger().warning("the answer is no, since nobody need decide any more: %s", reason)
    while True:
        try:
            resume_flow_run(UUID(str(flow_run.id)), run_input={"approve": False, "decided_by": "the rollout itself"})
        except (NotPausedError, RuntimeError) as error:
            get_run_logger().debug("not answered yet: %s", error)
            pause(_AGAIN_SECONDS)
        else:
            return
