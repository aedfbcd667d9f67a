"""What a rollout has left whose run is over: taken back, or, where it was promoted and still answers, made final."""

from __future__ import annotations

from flows.rollout.rollback import taken_back
from flows.rollout.run_state import Run
from tasks.announce_rollout import announce_rollout
from tasks.confirm_promotion import confirm_promotion
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_report import RolloutReport
from tasks.end_rollout import end_rollout


def objection(run: Run, left: Rollout, over: str) -> str:
    """Why a rollout can't stay as it was left; empty where it was promoted, and its color answers every call.

    Args:
        run: What has happened so far.
        left: What was left.
        over: Why nobody goes on with it.
    """
    return confirm_promotion(run.asked.target, left, run.asked.requests) if left.until else over


def make_final(run: Run, left: Rollout) -> None:
    """Drop the way back from what had been promoted: the time for which it was kept is over with its run."""
    end_rollout(run.asked.target, left)
    announce_rollout(run.asked.target, left, "promoted", {"what": "found promoted"})
    run.notes.append(f"{left.color}, which flow run {left.run} had promoted, answers every call and stays")


def recovered(run: Run, left: Rollout) -> RolloutReport:
    """Bring an endpoint whose rollout was left by another run into a whole state; how that went."""
    run.color = left.color
    reason = objection(run, left, whose_run_is_over(left))
    if reason:
        return taken_back(run, left, reason, failed=left.until is not None)
    make_final(run, left)
    return run.report("promoted")


def whose_run_is_over(left: Rollout) -> str:
    """The reason, in words."""
    return f"flow run {left.run}, which began it, is over"
