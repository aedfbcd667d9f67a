"""Watch a step of a rollout while it waits for manual approval."""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from uuid import UUID

from prefect import task
from prefect.flow_runs import resume_flow_run
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from tasks.domain.common.errors import Stopped
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.step_result import Bake, Step
from tasks.domain.rollout.strategy import Strategy
from tasks.rollout.probing import texts_of
from tasks.rollout.watching import Watch
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED_NO_RETRY
from tasks.runtime.stopping import pause

_RETRY_SECONDS: Final = 2.0


@task(task_run_name="guard {rollout.color}", **UNCACHED_NO_RETRY)
def guard_step(
    target: AzureTarget, rollout: Rollout, requests: RolloutRequests, strategy: Strategy, step: Step
) -> Bake | None:
    """Watch the candidate until the approval is answered; reject the approval if the candidate fails.

    Ends as soon as the flow has the answer. Safe to run again: scoring changes nothing, and an existing answer stays.

    Returns:
        The failed step result; None when the candidate did not fail.
    """
    for seconds in strategy.periods(strategy.approval_minutes):
        one = strategy.model_copy(update={"bake_seconds": seconds, "extensions": 0})
        try:
            bake = _watched_once(target, rollout, requests, one, step)
        except Stopped:
            get_run_logger().info("the approval is answered; %s was healthy until then", rollout.color)
            return None
        if bake and bake.is_failed:
            _refuse(bake.analysis.reason if bake.analysis else "")
            return bake
    return None


def _watched_once(
    target: AzureTarget, rollout: Rollout, requests: RolloutRequests, strategy: Strategy, step: Step
) -> Bake | None:
    """Watch once; None when that is not possible, which does not fail the candidate."""
    try:
        with opened(target) as azure:
            texts = texts_of(azure, requests)
            bake = Watch(azure, step, rollout.color, rollout.source, texts, strategy).watched()
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001 -- no error whatever may end the guard
        get_run_logger().warning("%s could not be watched; retrying: %s", rollout.color, error)
        pause(strategy.bake_seconds)
        return None
    return bake.model_copy(update={"awaits_approval": True})


def _refuse(reason: str) -> None:
    """Reject the approval, and retry until it is answered; the flow run may not be paused yet.

    A manual answer at the same moment doesn't count: the measurements fail the rollout in any case.
    """
    get_run_logger().warning("approval rejected automatically: %s", reason)
    with suppress(Stopped):
        while not _answered():
            pause(_RETRY_SECONDS)


def _answered() -> bool:
    try:
        resume_flow_run(UUID(str(flow_run.id)), run_input={"approve": False, "decided_by": "the rollout itself"})
    except Exception as error:  # noqa: BLE001 -- not paused yet, timed out, Prefect down: the flow stops this step
        get_run_logger().debug("not answered yet: %s", error)
        return False
    return True
