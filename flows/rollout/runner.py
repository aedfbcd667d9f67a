"""Runs the stages of a rollout in order, and decides the outcome of the run."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.logging import get_run_logger

from flows.rollout.page import publish_rollout
from flows.rollout.rollback import restore
from flows.rollout.run_state import CONTINUE, Run, Stage
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.rollout.report import RolloutReport
from tasks.domain.rollout.state import RollbackLost, RolloutLost
from tasks.rollout.end_rollout import end_rollout


def run_stages(run: Run, stages: Sequence[Stage]) -> RolloutReport:
    """Run the stages until one ends the run; a run that passes all of them has promoted its candidate.

    Whatever else ends the run in a stage that rolls back on errors, such as a cancellation, rolls back and publishes
    the report before it is raised.
    """
    ahead, stage, result = list(stages), stages[0], CONTINUE
    try:
        while ahead and result.action == "continue":
            stage = ahead.pop(0)
            result = stage.run(run)
            ahead = list(result.then or ahead)
    except EndpointOpsError as error:
        if stage.on_error == "raise":
            raise
        run.hint = error.hint
        if stage.on_error == "roll_back":
            return roll_back(run, error.message, failed=True)
        return run.report(stage.on_error, error.message)
    except BaseException:
        if stage.on_error == "roll_back":
            publish_rollout(roll_back(run, "the run was interrupted", failed=False))
        raise
    run.hint = result.hint or run.hint
    if result.action == "roll_back":
        return roll_back(run, result.reason, failed=result.failed)
    return run.report(stage.on_stop, result.reason) if result.action == "stop" else run.report("promoted")


def roll_back(run: Run, reason: str, *, failed: bool) -> RolloutReport:
    """Roll back the run's rollout, and return the report.

    A run that is cancelled meanwhile rolls back once more, and publishes the report before it ends. Until the rollout
    record is removed, any next run does the same. For `failed` see `StageResult`.
    """
    run.color = run.rollout.color
    try:
        return _rolled_back(run, reason, failed=failed)
    except BaseException:
        publish_rollout(_rolled_back(run, reason, failed=failed))
        raise


def _rolled_back(run: Run, reason: str, *, failed: bool) -> RolloutReport:
    get_run_logger().warning("Rolling back %s: %s", run.color, reason)
    try:
        restore(run, reason, "rolled_back", failed=failed)
    except RolloutLost as error:
        run.notes.append(error.message)
        return run.report("promoted" if error.is_promoted else "rolled_back", reason)
    except RollbackLost as error:
        return _not_restorable(run, reason, error)
    except EndpointOpsError as error:
        run.mark("the rollback failed")
        run.hint = error.hint
        return run.report("stuck", f"{reason}; the rollback failed: {error.message}")
    return run.report("rolled_back", reason)


def _not_restorable(run: Run, reason: str, lost: RollbackLost) -> RolloutReport:
    """Remove the record of a rollout that can't be rolled back, so that the next rollout can begin."""
    run.hint = lost.hint
    reason = f"{reason}; the rollback is not possible: {lost.message}"
    try:
        end_rollout(run.request.target, run.rollout)
    except EndpointOpsError as error:
        return run.report("stuck", f"{reason}; the rollout record could not be removed either: {error.message}")
    run.mark("the rollback is not possible; the rollout record is removed")
    return run.report("stuck", reason).model_copy(update={"is_final": True})
