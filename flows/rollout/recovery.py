"""Recovery of abandoned rollouts, whose run has ended: rolled back, or kept if promoted and still answering."""

from __future__ import annotations

from functools import partial
from typing import Final

from prefect.runtime import flow_run

from flows.rollout.run_state import CONTINUE, Run, Stage, StageResult
from flows.rollout.runner import roll_back
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.rollout.state import Rollout
from tasks.rollout.announce_rollout import announce_rollout
from tasks.rollout.confirm_promotion import confirm_promotion
from tasks.rollout.end_rollout import end_rollout
from tasks.rollout.find_rollout import find_rollout

_OVER: Final = "its flow run {} has ended"
_UNSCORED: Final = "stays as it was verified then: no scoring request is declared for its endpoint"


def recovery_of(abandoned: Rollout) -> tuple[Stage, ...]:
    """Return the stages of a run that only recovers one abandoned rollout."""
    return (Stage("recover rollout", partial(_recover, abandoned=abandoned), on_stop="stuck", on_error="stuck"),)


def _recover(run: Run, abandoned: Rollout) -> StageResult:
    run.rollout, run.color = abandoned, abandoned.color
    over = _OVER.format(abandoned.run)
    try:
        reason = _objection(run, over)
        if not reason:
            _finish(run)
    except EndpointOpsError as error:
        return StageResult("stop", f"{over}; its rollout could not be recovered: {error.message}", error.hint)
    return StageResult("roll_back", reason, failed=abandoned.until is not None) if reason else CONTINUE


def recover_abandoned(run: Run, resumed: tuple[Stage, ...]) -> StageResult:
    """Wait for the endpoint's turn, and recover every abandoned rollout to it.

    What was promoted and verified is not undone, unless it fails now what the stable color would answer. If an earlier
    attempt of this run promoted it, the run continues with the stages `resumed`.
    """
    request = run.request
    while abandoned := find_rollout(request.target, request.endpoint, request.strategy.wait_minutes * 60.0):
        run.rollout, is_own = abandoned, abandoned.run == str(flow_run.id)
        over = "an earlier attempt of this run was interrupted" if is_own else _OVER.format(abandoned.run)
        reason = _objection(run, over)
        if not reason and is_own:
            return StageResult("continue", then=resumed)
        if not reason:
            _finish(run)
            continue
        ended = roll_back(run, reason, failed=abandoned.until is not None)
        if ended.is_final:
            color, by = abandoned.color, abandoned.run
            run.notes.append(f"{color}, deployed by flow run {by}, could not be rolled back: {ended.reason}")
            run.color = run.hint = ""
        elif ended.outcome == "stuck":
            return StageResult("stop", ended.reason)
    return CONTINUE


def _objection(run: Run, over: str) -> str:
    """Return why the rollout is to be rolled back; empty if it was promoted, and its color still answers."""
    return confirm_promotion(run.request.target, run.rollout, run.request.requests) if run.rollout.until else over


def _finish(run: Run) -> None:
    """Complete a promotion whose run has ended: the stable color is no longer kept for a rollback."""
    end_rollout(run.request.target, run.rollout)
    announce_rollout(run.request.target, run.rollout, "promoted", {"what": "found promoted"})
    stays = "answers every call and stays" if run.request.requests else _UNSCORED
    run.notes.append(f"{run.rollout.color}, promoted by flow run {run.rollout.run}, {stays}")
