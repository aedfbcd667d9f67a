"""Observes the candidate in each step, during an approval, and while stable is kept; raises NotReady if it fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from prefect.logging import get_run_logger
from pydantic import JsonValue

from flows.rollout.approval import require_approval
from flows.rollout.run_state import CONTINUE, Run, StageResult
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.rollout.report_page import inconclusive_markdown
from tasks.domain.rollout.step_result import Bake, Step, require_passed
from tasks.rollout.announce_rollout import announce_rollout
from tasks.rollout.confirm_promotion import confirm_promotion
from tasks.rollout.end_rollout import end_rollout
from tasks.rollout.guard_step import guard_step
from tasks.rollout.watch_step import watch_step
from tasks.runtime.stopping import stoppable

MORE_SAMPLES: Final = (
    "Give the strategy more probes, a longer bake time, more extensions, or a lower minimum of samples."
)


def observe(run: Run, endpoint: Endpoint, sent: datetime) -> StageResult:
    """Observe the step whose traffic was requested at `sent`; an inconclusive one does what the strategy says."""
    step = Step(endpoint=endpoint, sent=sent, last=run.last)
    bake = watch_step(run.request.target, run.rollout, run.request.requests, run.request.strategy, step)
    run.add(bake)
    require_passed(bake, run.color)
    if bake.analysis and bake.analysis.decision == "inconclusive":
        return _inconclusive(run, bake, bake.analysis.reason, endpoint)
    return CONTINUE


def _inconclusive(run: Run, bake: Bake, reason: str, endpoint: Endpoint) -> StageResult:
    then = run.request.strategy.when_inconclusive
    event: dict[str, JsonValue] = {"percent": bake.percent, "reason": reason, "then": then}
    announce_rollout(run.request.target, run.rollout, "inconclusive", event)
    get_run_logger().warning("%s is inconclusive %s: %s. The strategy says: %s", run.color, bake.title, reason, then)
    if then == "roll_back":
        return StageResult("roll_back", f"{run.color} is inconclusive {bake.title}: {reason}", MORE_SAMPLES)
    if then == "hold":
        question, key = inconclusive_markdown(run.rollout, bake), f"hold-{run.rollout.id}-{bake.percent}"
        approve_under_guard(run, endpoint, question, key, "continuing the rollout")
        run.mark(f"{run.decided_by} approved continuing the rollout")
    return CONTINUE


def approve_under_guard(run: Run, endpoint: Endpoint | None, question: str, key: str, what: str) -> None:
    """Ask for approval of `what`, see `require_approval`, and stop waiting for it if the candidate fails meanwhile.

    Without an endpoint, since the candidate has no live traffic yet, nothing is observed.
    """
    request, refusal, who = run.request, None, ""
    with stoppable() as stop:
        common = (request.target, run.rollout, request.requests, request.strategy)
        guard = guard_step.submit(*common, Step(endpoint=endpoint, last=run.last)) if endpoint else None
        try:
            who = require_approval(question, key, request.strategy.approval_minutes * 60, what)
        except EndpointOpsError as error:
            refusal = error
        finally:
            stop.set()
        failed = guard.result() if guard else None
    if failed:
        run.add(failed)
        require_passed(failed, run.color)
    if refusal:
        raise refusal
    run.decided_by = who


def keep_stable(run: Run) -> StageResult:
    """Observe the promoted candidate while the stable color is kept; too few samples undo nothing that was verified."""
    request, until, endpoint = run.request, run.rollout.until, run.routed
    if endpoint is None:
        return CONTINUE
    for seconds in request.strategy.periods(request.strategy.keep_minutes):
        if until and datetime.now(UTC) >= until:
            break
        strategy = request.strategy.model_copy(update={"bake_seconds": seconds, "extensions": 0})
        step = Step(endpoint=endpoint, last=run.last)
        bake = watch_step(request.target, run.rollout, request.requests, strategy, step)
        kept = bake.model_copy(update={"is_kept": True})
        run.add(kept)
        require_passed(kept, run.color)
    if reason := confirm_promotion(request.target, run.rollout, request.requests):
        return StageResult("roll_back", reason, "Find out who changed the traffic, or why calls fail, then run again.")
    end_rollout(request.target, run.rollout)
    run.mark(f"{run.rollout.source} is no longer kept for a rollback")
    return CONTINUE
