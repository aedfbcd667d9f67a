"""The steps of a rollout: prove the next color without users, then with some, then with all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from prefect.logging import get_run_logger

from flows.rollout.approval import require_approval
from flows.rollout.guard import decided_under_guard
from flows.rollout.run_state import Run
from tasks.announce_rollout import announce_rollout
from tasks.compare_answers import compare_answers
from tasks.confirm_promotion import confirm_promotion
from tasks.deploy_next_color import deploy_next_color
from tasks.domain.bake import Bake, Step, require_well
from tasks.domain.endpoint import Endpoint
from tasks.domain.errors import NotReady
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_plan import RolloutPlan
from tasks.domain.rollout_text import inconclusive_markdown, question_markdown
from tasks.end_rollout import end_rollout
from tasks.mirror_traffic import mirror_traffic
from tasks.promote import promote
from tasks.shift_traffic import shift_traffic
from tasks.smoke_test import smoke_test
from tasks.watch_step import watch_step

ALL: Final = 100
MORE_SAMPLES: Final = "Give the strategy more probes, a longer bake time, more extensions, or a smaller fewest samples."


def prove_without_users(run: Run, plan: RolloutPlan, rollout: Rollout) -> Endpoint | None:
    """Deploy the next color and test it past the traffic map, then on copies of the traffic where that is asked for.

    Returns:
        The endpoint as it sends copies; None where it sends none to the color.

    Raises:
        EndpointOpsError: With what it did wrong.
    """
    target, requests, strategy = run.asked.target, run.asked.requests, run.asked.strategy
    announce_rollout(
        target, rollout, "started", {"what": plan.title, "steps": list(strategy.percents), "mirror": strategy.mirror}
    )
    deploy_next_color(target, rollout, plan.source, run.asked.revision)
    run.mark(f"{rollout.color} runs, without traffic")
    smoke_test(target, rollout, requests)
    if requests.golden_files and strategy.parity.compare != "nothing":
        compare_answers(target, rollout, requests, strategy)
        run.mark("both colors answer the golden requests alike")
    if not strategy.mirror:
        return None
    sent = datetime.now(UTC)
    mirrored = mirror_traffic(target, rollout, strategy.mirror)
    announce_rollout(target, rollout, "step", {"percent": 0, "mirror": strategy.mirror})
    _watched(run, rollout, mirrored, sent)
    return mirrored


def prove_with_users(run: Run, plan: RolloutPlan, rollout: Rollout, mirrored: Endpoint | None) -> None:
    """Give it the live traffic in steps, up to all of it, and see that it answers every call.

    Args:
        run: What has happened so far.
        plan: What was planned.
        rollout: The rollout.
        mirrored: The endpoint as it sends copies to the color, if it does.

    Raises:
        EndpointOpsError: With what it did wrong, or who refused.
    """
    target, requests, strategy = run.asked.target, run.asked.requests, run.asked.strategy
    routed: Endpoint | None = None
    for percent in strategy.percents:
        if percent == ALL and strategy.approve_before_full:
            _approved(run, plan, rollout, routed)
        sent = datetime.now(UTC)
        routed = shift_traffic(target, rollout, percent, routed or mirrored)
        announce_rollout(target, rollout, "step", {"percent": percent, "traffic": dict(routed.traffic)})
        _watched(run, rollout, routed, sent)
    promote(target, rollout, requests, strategy.keep_minutes)
    run.mark(f"every call is answered by {rollout.color}")
    if strategy.keep_minutes and routed:
        keep_ready(run, rollout, routed)


def keep_ready(run: Run, rollout: Rollout, routed: Endpoint, until: datetime | None = None) -> None:
    """Watch on while the old color is kept, then drop the way back; too few samples undo nothing that was verified.

    Args:
        run: What has happened so far.
        rollout: The rollout.
        routed: The endpoint with all traffic on the next color.
        until: When the time is over, for a retry; else as long as the strategy says.

    Raises:
        EndpointOpsError: With what the next color did wrong.
    """
    for seconds in run.asked.strategy.looks(run.asked.strategy.keep_minutes):
        if until and datetime.now(UTC) >= until:
            break
        strategy = run.asked.strategy.model_copy(update={"bake_seconds": seconds, "extensions": 0})
        step = Step(endpoint=routed, last=run.last)
        seen = watch_step(run.asked.target, rollout, run.asked.requests, strategy, step)
        kept = seen.model_copy(update={"is_kept": True})
        run.note(kept)
        require_well(kept, rollout.color)
    if reason := confirm_promotion(run.asked.target, rollout, run.asked.requests):
        raise NotReady(reason, "Look who changed the traffic, or why the calls fail, then run again.")
    end_rollout(run.asked.target, rollout)
    run.mark("the old color is kept no longer")


def _watched(run: Run, rollout: Rollout, routed: Endpoint, sent: datetime) -> None:
    """Watch a step, and go on, refuse to, or do as told where nobody can say."""
    step = Step(endpoint=routed, sent=sent, last=run.last)
    bake = watch_step(run.asked.target, rollout, run.asked.requests, run.asked.strategy, step)
    run.note(bake)
    require_well(bake, rollout.color)
    if bake.analysis and bake.analysis.decision == "inconclusive":
        _undecided(run, rollout, bake, bake.analysis.reason, routed)


def _undecided(run: Run, rollout: Rollout, bake: Bake, reason: str, routed: Endpoint) -> None:
    then = run.asked.strategy.when_inconclusive
    announce_rollout(
        run.asked.target, rollout, "inconclusive", {"percent": bake.percent, "reason": reason, "then": then}
    )
    get_run_logger().warning("%s %s: inconclusive: %s; told to %s", bake.title, rollout.color, reason, then)
    if then == "roll_back":
        raise NotReady(f"{bake.title} it is inconclusive how {rollout.color} does: {reason}", MORE_SAMPLES)
    if then == "hold":
        question = inconclusive_markdown(rollout, bake)
        key = f"hold-{rollout.id}-{bake.percent}"
        seconds = run.asked.strategy.approval_minutes * 60
        run.decided_by = decided_under_guard(
            run, rollout, routed, lambda: require_approval(question, key, seconds, "to go on")
        )
        run.mark(f"{run.decided_by} let it go on")


def _approved(run: Run, plan: RolloutPlan, rollout: Rollout, routed: Endpoint | None) -> None:
    question, key = question_markdown(plan, tuple(run.bakes)), f"rollout-{rollout.id}"
    seconds = run.asked.strategy.approval_minutes * 60
    run.decided_by = decided_under_guard(run, rollout, routed, lambda: require_approval(question, key, seconds))
    run.mark(f"{run.decided_by} approved 100 percent")
