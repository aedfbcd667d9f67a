"""Watch a step of a rollout on while a person is asked whether it goes on."""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from uuid import UUID

from prefect import task
from prefect.flow_runs import resume_flow_run
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from tasks.domain.common.errors import Stopped
from tasks.domain.common.redaction import redact
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.step_result import Bake, Step
from tasks.domain.rollout.strategy import Strategy
from tasks.rollout.probing import texts_of
from tasks.rollout.watching import Watch
from tasks.runtime.azure import opened
from tasks.runtime.results import LOOK_ONCE
from tasks.runtime.stopping import pause

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
    for seconds in strategy.looks(strategy.approval_minutes):
        one = strategy.model_copy(update={"bake_seconds": seconds, "extensions": 0})
        try:
            bake = _looked(target, rollout, requests, one, step)
        except Stopped:
            get_run_logger().info("the answer is there, and %s did well until then", rollout.color)
            return None
        if bake and bake.is_failed:
            _refuse(bake.analysis.reason if bake.analysis else "")
            return bake
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
    except Exception as error:  # noqa: BLE001 -- whatever it is, users must not be left without a guard for it
        get_run_logger().warning("%s could not be watched, and will be again: %s", rollout.color, redact(str(error)))
        pause(strategy.bake_seconds)
        return None
    return seen.model_copy(update={"is_asked": True})


def _refuse(reason: str) -> None:
    """Answer for the person who was asked, until somebody has answered; the question may be about to be put only.

    An answer that comes at the same moment doesn't count: what was seen fails the rollout, whatever was said.
    """
    get_run_logger().warning("the answer is no, since nobody need decide any more: %s", reason)
    with suppress(Stopped):
        while not _answered():
            pause(_AGAIN_SECONDS)


def _answered() -> bool:
    try:
        resume_flow_run(UUID(str(flow_run.id)), run_input={"approve": False, "decided_by": "the rollout itself"})
    except Exception as error:  # noqa: BLE001 -- not asked yet, time over, Prefect away: the flow tells when it goes on
        get_run_logger().debug("not answered yet: %s", redact(str(error)))
        return False
    return True
