"""One run of a redeployment: prepared without a change, then carried out or taken back."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Final

from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from flows.rollout_approval import require_approval
from tasks.announce_rollout import announce_rollout
from tasks.begin_rollout import begin_rollout
from tasks.check_rollout import check_rollout
from tasks.deploy_next_color import deploy_next_color
from tasks.domain.bake import Bake, require_well
from tasks.domain.endpoint import Endpoint
from tasks.domain.errors import EndpointOpsError, NotReady
from tasks.domain.naming import EndpointName
from tasks.domain.revision import Revision
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_plan import RolloutPlan
from tasks.domain.rollout_report import Outcome, RolloutReport
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.rollout_text import inconclusive_markdown, question_markdown
from tasks.domain.strategy import Strategy
from tasks.domain.target import AzureTarget
from tasks.end_rollout import end_rollout
from tasks.find_rollout import find_rollout
from tasks.promote import promote
from tasks.shift_traffic import shift_traffic
from tasks.smoke_test import smoke_test
from tasks.take_back import take_back
from tasks.watch_step import watch_step

ALL: Final = 100
MORE_SAMPLES: Final = "Give the strategy more probes, a longer bake time, more extensions, or a smaller fewest samples."


@dataclass(frozen=True)
class Asked:
    """What the flow was asked for."""

    target: AzureTarget
    endpoint: EndpointName
    requests: RolloutRequests
    revision: Revision
    strategy: Strategy


@dataclass
class _Run:
    """What has happened so far."""

    asked: Asked
    began: float = field(default_factory=time.monotonic)
    plan: RolloutPlan | None = None
    bakes: list[Bake] = field(default_factory=list)
    color: str = ""
    restored: str = ""
    decided_by: str = ""

    def report(self, outcome: Outcome, reason: str = "") -> RolloutReport:
        return RolloutReport(
            outcome=outcome,
            endpoint=self.asked.endpoint,
            title=self.asked.revision.title,
            color=self.color,
            plan=self.plan,
            bakes=tuple(self.bakes),
            seconds=time.monotonic() - self.began,
            reason=reason,
            restored=self.restored,
            decided_by=self.decided_by,
        )


def roll_out(asked: Asked) -> RolloutReport:
    """Roll out what is new, or leave all as it was; how it ended.

    Whatever ends the run on the way, a cancellation too, takes the rollout back first.
    """
    run = _Run(asked)
    try:
        left = find_rollout(asked.target, asked.endpoint)
        if left and left.run == str(flow_run.id):
            ended = _taken_back(run, left, "an earlier try of this run was ended")
            if ended.outcome == "stuck":
                return ended
        plan = run.plan = check_rollout(asked.target, asked.endpoint, asked.revision, asked.strategy, asked.requests)
    except EndpointOpsError as error:
        return run.report("refused", error.message)
    return _rolled_out(run, plan, _rollout(plan))


def _rolled_out(run: _Run, plan: RolloutPlan, rollout: Rollout) -> RolloutReport:
    try:
        begin_rollout(run.asked.target, rollout)
    except EndpointOpsError as error:
        return run.report("refused", _unnoted(run.asked.target, rollout, error.message))
    run.color, run.restored = rollout.color, ""
    try:
        _carried_out(run, plan, rollout)
    except EndpointOpsError as error:
        return _taken_back(run, rollout, error.message)
    except BaseException:
        _taken_back(run, rollout, "the run was ended")
        raise
    return run.report("promoted")


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


def _carried_out(run: _Run, plan: RolloutPlan, rollout: Rollout) -> None:
    target, requests, strategy = run.asked.target, run.asked.requests, run.asked.strategy
    announce_rollout(target, rollout, "started", {"what": plan.title, "steps": list(strategy.percents)})
    deploy_next_color(target, rollout, plan.source, run.asked.revision)
    smoke_test(target, rollout, requests)
    for percent in strategy.percents:
        if percent == ALL and strategy.approve_before_full:
            _approved(run, plan, rollout)
        routed = shift_traffic(target, rollout, percent)
        announce_rollout(target, rollout, "step", {"percent": percent, "traffic": dict(routed.traffic)})
        _watched(run, rollout, routed)
    promote(target, rollout, requests)
    announce_rollout(target, rollout, "promoted", {"what": plan.title})


def _watched(run: _Run, rollout: Rollout, routed: Endpoint) -> None:
    """Watch a step, and go on, refuse to, or do as told where nobody can say."""
    bake = watch_step(run.asked.target, routed, rollout, run.asked.requests, run.asked.strategy)
    run.bakes.append(bake)
    require_well(bake, rollout.color)
    if bake.analysis and bake.analysis.decision == "inconclusive":
        _undecided(run, rollout, bake, bake.analysis.reason)


def _undecided(run: _Run, rollout: Rollout, bake: Bake, reason: str) -> None:
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
        run.decided_by = require_approval(question, key, seconds, "to go on")


def _approved(run: _Run, plan: RolloutPlan, rollout: Rollout) -> None:
    question = question_markdown(plan, tuple(run.bakes))
    run.decided_by = require_approval(question, f"rollout-{rollout.id}", run.asked.strategy.approval_minutes * 60)


def _taken_back(run: _Run, rollout: Rollout, reason: str) -> RolloutReport:
    run.color = rollout.color
    get_run_logger().warning("taking %s back: %s", rollout.color, reason)
    try:
        run.restored = take_back(run.asked.target, rollout, run.asked.requests)
    except EndpointOpsError as error:
        return run.report("stuck", f"{reason}; the way back: {error.message}")
    announce_rollout(run.asked.target, rollout, "rolled_back", {"reason": reason})
    return run.report("rolled_back", reason)
