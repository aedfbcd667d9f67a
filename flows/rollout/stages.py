"""The stages of a rollout: the list, in order, and the work of each."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Final, cast
from uuid import uuid4

from prefect.runtime import flow_run
from pydantic import JsonValue

from flows.rollout.guard import approve_under_guard, keep_stable, observe
from flows.rollout.recovery import recover_abandoned
from flows.rollout.rollback import restore, retire
from flows.rollout.run_state import CONTINUE, RolloutRequest, Run, Stage, StageResult
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.rollout.plan import RolloutPlan
from tasks.domain.rollout.report_page import question_markdown
from tasks.domain.rollout.requests import require_requests
from tasks.domain.rollout.state import Rollout
from tasks.rollout.announce_rollout import announce_rollout
from tasks.rollout.begin_rollout import begin_rollout
from tasks.rollout.check_rollout import check_rollout
from tasks.rollout.compare_answers import compare_answers
from tasks.rollout.deploy_candidate import deploy_candidate
from tasks.rollout.end_rollout import end_rollout
from tasks.rollout.find_newer import find_newer
from tasks.rollout.mirror_traffic import mirror_traffic
from tasks.rollout.promote import promote
from tasks.rollout.shift_traffic import shift_traffic
from tasks.rollout.smoke_test import smoke_test


def stages_of(request: RolloutRequest) -> tuple[Stage, ...]:
    """Return the stages of a rollout, in order, as its strategy has them."""
    strategy, is_live = request.strategy, bool(request.strategy.percents)
    compares = bool(request.requests.golden_files) and strategy.parity.compare != "nothing"
    removes = strategy.old_color == "remove"
    recover = partial(recover_abandoned, resumed=(_RESUME, _KEEP, _ANNOUNCE, *([_REMOVE] if removes else [])))
    shifts = [(True, Stage(f"shift to {at} %", partial(_shift, percent=at))) for at in strategy.percents]
    table: list[tuple[object, Stage]] = [
        (True, Stage("require requests", _require_requests, on_error="refused")),
        (True, Stage("recover abandoned rollouts", recover, on_stop="stuck", on_error="refused")),
        (True, Stage("check for newer version", _check_newer, on_stop="superseded", on_error="refused")),
        (True, Stage("plan", _plan, on_error="refused")),
        (True, Stage("begin", _begin, on_error="refused")),
        # From here on the endpoint's tags hold the traffic to restore, and every error rolls back to it.
        (True, Stage("deploy candidate", _deploy)),
        (True, Stage("smoke test", _smoke_test)),
        (compares, Stage("compare answers", _compare)),
        (strategy.mirror, Stage(f"mirror {strategy.mirror} %", _mirror)),
        (not is_live, Stage("end shadow", _end_shadow, on_stop="shadowed")),
        *shifts[:-1],
        (is_live and strategy.approve_before_full, Stage("approve 100 %", _approve)),
        *shifts[-1:],
        (is_live, Stage("promote", _promote)),
        (is_live and strategy.keep_minutes, _KEEP),
        (is_live, _ANNOUNCE),
        (is_live and removes, _REMOVE),
    ]
    return tuple(stage for applies, stage in table if applies)


def _require_requests(run: Run) -> StageResult:
    require_requests(run.request.endpoint, run.request.requests)
    return CONTINUE


def _check_newer(run: Run) -> StageResult:
    reason = find_newer(run.request.target, run.request.endpoint, run.request.revision)
    return StageResult("stop", reason) if reason else CONTINUE


def _plan(run: Run) -> StageResult:
    request = run.request
    plan = check_rollout(request.target, request.endpoint, request.revision, request.strategy, request.requests)
    run.plan, own = plan, str(flow_run.id)
    run.rollout = Rollout(
        id=str(uuid4()), run=own, endpoint=plan.endpoint, color=plan.color, live=plan.live, mirror=plan.mirror
    )
    return CONTINUE


def _begin(run: Run) -> StageResult:
    try:
        begin_rollout(run.request.target, run.rollout)
    except EndpointOpsError as error:
        return StageResult("stop", _cleared(run, error.message), error.hint)
    except BaseException:
        _cleared(run, "")
        raise
    run.color, run.restored = run.rollout.color, ""
    run.mark("the previous traffic is recorded in the endpoint's tags")
    return CONTINUE


def _cleared(run: Run, reason: str) -> str:
    """Remove a rollout record that may have been written all the same, as when a wait timed out."""
    try:
        end_rollout(run.request.target, run.rollout)
    except EndpointOpsError as error:
        return f"{reason}; the endpoint's tags could not be checked for a rollout record: {error.message}"
    return reason


def _deploy(run: Run) -> StageResult:
    target, revision, strategy = run.request.target, run.request.revision, run.request.strategy
    steps: list[JsonValue] = [*strategy.percents]
    event: dict[str, JsonValue] = {"what": revision.title, "steps": steps, "mirror": strategy.mirror}
    announce_rollout(target, run.rollout, "started", event)
    deploy_candidate(target, run.rollout, run.rollout.source, revision)
    run.mark(f"{run.color} is deployed, without traffic")
    return CONTINUE


def _smoke_test(run: Run) -> StageResult:
    smoke_test(run.request.target, run.rollout, run.request.requests)
    return CONTINUE


def _compare(run: Run) -> StageResult:
    compare_answers(run.request.target, run.rollout, run.request.requests, run.request.strategy)
    run.mark("both colors return the same answers to the golden requests")
    return CONTINUE


def _mirror(run: Run) -> StageResult:
    percent, sent = run.request.strategy.mirror, datetime.now(UTC)
    run.mirrored = mirror_traffic(run.request.target, run.rollout, percent)
    announce_rollout(run.request.target, run.rollout, "step", {"percent": 0, "mirror": percent})
    return observe(run, run.mirrored, sent)


def _approve(run: Run) -> StageResult:
    question = question_markdown(cast("RolloutPlan", run.plan), tuple(run.bakes))
    approve_under_guard(run, run.routed, question, f"rollout-{run.rollout.id}", "the shift to 100 percent")
    run.mark(f"{run.decided_by} approved the shift to 100 percent")
    return CONTINUE


def _shift(run: Run, percent: int) -> StageResult:
    target, sent = run.request.target, datetime.now(UTC)
    run.routed = shift_traffic(target, run.rollout, percent, run.routed or run.mirrored)
    announce_rollout(target, run.rollout, "step", {"percent": percent, "traffic": dict(run.routed.traffic)})
    return observe(run, run.routed, sent)


def _promote(run: Run) -> StageResult:
    promote(run.request.target, run.rollout, run.request.requests, run.request.strategy.keep_minutes)
    run.mark(f"{run.color} answers every call")
    return CONTINUE


def _resume(run: Run) -> StageResult:
    """Continue after the promotion of an earlier attempt of this run; nothing is deployed again."""
    run.color = run.rollout.color
    run.mark(f"{run.color}, promoted by an earlier attempt, answers every call")
    run.routed = shift_traffic(run.request.target, run.rollout, 100)
    return CONTINUE


def _announce(run: Run) -> StageResult:
    announce_rollout(run.request.target, run.rollout, "promoted", {"what": run.request.revision.title})
    return CONTINUE


def _remove_stable(run: Run) -> StageResult:
    retire(run, run.rollout.source, f"replaced by {run.color}", remove=True)
    return CONTINUE


def _end_shadow(run: Run) -> StageResult:
    restore(run, "it answered the mirrored traffic", "shadowed", failed=False)
    return StageResult("stop")


_RESUME: Final = Stage("resume promotion", _resume)
_KEEP: Final = Stage("keep stable", keep_stable)
_ANNOUNCE: Final = Stage("announce promotion", _announce, on_error="raise")
_REMOVE: Final = Stage("remove stable", _remove_stable, on_error="raise")
