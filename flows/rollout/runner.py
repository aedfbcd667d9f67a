"""One run of a redeployment: prepared without a change, then carried out or taken back."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from prefect.runtime import flow_run

from flows.rollout.page import publish_rollout
from flows.rollout.recovery import make_final, objection, whose_run_is_over
from flows.rollout.rollback import put_back, set_aside, taken_back
from flows.rollout.run_state import Asked, Run
from flows.rollout.stages import ALL, keep_ready, prove_with_users, prove_without_users
from tasks.announce_rollout import announce_rollout
from tasks.begin_rollout import begin_rollout
from tasks.check_rollout import check_rollout
from tasks.domain.errors import EndpointOpsError
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_plan import RolloutPlan
from tasks.domain.rollout_report import Outcome, RolloutReport
from tasks.domain.target import AzureTarget
from tasks.end_rollout import end_rollout
from tasks.find_newer import find_newer
from tasks.find_rollout import find_rollout
from tasks.shift_traffic import shift_traffic


def roll_out(asked: Asked) -> RolloutReport:
    """Roll out what is new, or leave all as it was; how it ended.

    Whatever ends the run on the way, a cancellation too, takes the rollout back first, and publishes how that went.
    """
    run = Run(asked)
    try:
        ended = _taken_over(run)
        if ended:
            return ended
        needless = find_newer(asked.target, asked.endpoint, asked.revision)
        if needless:
            return run.report("superseded", needless)
        plan = run.plan = check_rollout(asked.target, asked.endpoint, asked.revision, asked.strategy, asked.requests)
    except EndpointOpsError as error:
        run.hint = error.hint
        return run.report("refused", error.message)
    return _rolled_out(run, plan, _rollout(plan))


def _taken_over(run: Run) -> RolloutReport | None:
    """Wait for a turn, and take back or finish what a run that is over has left; how this one ended, if it did by that.

    What was promoted and verified already is not undone: this run's own is watched to the end of its time, and that of
    another run is over, since a newer one is to come. Where it fails now what the old color would answer, it is.
    """
    asked = run.asked
    while left := find_rollout(asked.target, asked.endpoint, asked.strategy.wait_minutes * 60.0):
        reason = objection(run, left, _over(left))
        if not reason and _is_own(left):
            return _finished(run, left)
        if not reason:
            make_final(run, left)
            continue
        ended = taken_back(run, left, reason, failed=left.until is not None)
        if ended.is_final:
            run.notes.append(f"{left.color}, which flow run {left.run} began, could not be taken back: {ended.reason}")
            run.color = run.hint = ""
        elif ended.outcome == "stuck":
            return ended
    return None


def _is_own(left: Rollout) -> bool:
    return left.run == str(flow_run.id)


def _over(left: Rollout) -> str:
    return "an earlier try of this run was ended" if _is_own(left) else whose_run_is_over(left)


def _finished(run: Run, left: Rollout) -> RolloutReport:
    """Go on where an earlier try of this run was killed after its promotion: nothing is deployed again."""
    run.color = left.color
    run.mark(f"{left.color}, which an earlier try had promoted, answers every call")

    def go() -> Outcome:
        keep_ready(run, left, shift_traffic(run.asked.target, left, ALL), left.until)
        return "promoted"

    return _carried_out(run, left, go)


def _rolled_out(run: Run, plan: RolloutPlan, rollout: Rollout) -> RolloutReport:
    target = run.asked.target
    try:
        begin_rollout(target, rollout)
    except EndpointOpsError as error:
        run.hint = error.hint
        return run.report("refused", _unnoted(target, rollout, error.message))
    except BaseException:
        _unnoted(target, rollout, "the run was ended")
        raise
    run.color, run.restored = rollout.color, ""
    run.mark("the way back is noted")

    def go() -> Outcome:
        mirrored = prove_without_users(run, plan, rollout)
        if not run.asked.strategy.percents:
            put_back(run, rollout, "its copies of the traffic were answered", "shadowed", failed=False)
            return "shadowed"
        prove_with_users(run, plan, rollout, mirrored)
        return "promoted"

    return _carried_out(run, rollout, go)


def _carried_out(run: Run, rollout: Rollout, go: Callable[[], Outcome]) -> RolloutReport:
    try:
        outcome = go()
    except EndpointOpsError as error:
        run.hint = error.hint
        return taken_back(run, rollout, error.message, failed=True)
    except BaseException:
        publish_rollout(taken_back(run, rollout, "the run was ended", failed=False))
        raise
    if outcome == "promoted":
        _settle(run, rollout)
    return run.report(outcome)


def _settle(run: Run, rollout: Rollout) -> None:
    """What is left to do once the next color serves: nothing here takes it back any more."""
    announce_rollout(run.asked.target, rollout, "promoted", {"what": run.asked.revision.title})
    if run.asked.strategy.old_color == "remove":
        set_aside(run, rollout, rollout.source, f"{rollout.color} serves instead", remove=True)


def _rollout(plan: RolloutPlan) -> Rollout:
    return Rollout(
        id=str(uuid.uuid4()),
        run=str(flow_run.id),
        endpoint=plan.endpoint,
        color=plan.color,
        live=plan.live,
        mirror=plan.mirror,
    )


def _unnoted(target: AzureTarget, rollout: Rollout, reason: str) -> str:
    """Drop a note that may have been written all the same, as when a wait ran out."""
    try:
        end_rollout(target, rollout)
    except EndpointOpsError as error:
        return f"{reason}; whether a rollout is noted in the endpoint's tags could not be seen: {error.message}"
    return reason
