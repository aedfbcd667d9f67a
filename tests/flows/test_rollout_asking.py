"""Redeployments that ask a person, or can't tell how the next color does."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from diagnostics_nights import rollout_events
from prefect import flow
from prefect.client.schemas.objects import FlowRun, State
from prefect.flow_runs import resume_flow_run
from rollout_stage import QUICK, Served, report_of
from waiting import until

from flows.rollout_approval import require_approval
from tasks.domain.common.errors import WaitTimedOut
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.step_result import Step
from tasks.domain.rollout.strategy import Strategy
from tasks.rollout.guard_step import guard_step
from tasks.runtime.stopping import stoppable

WAIT_SECONDS = 60
UNSURE: dict[str, Any] = {**QUICK, "steps": [50, 100], "limits": {"min_samples": 500}, "extensions": 1}


@pytest.mark.parametrize("approve", [True, False])
def test_a_person_decides_about_all_traffic(served: Served, approve: bool) -> None:
    """The run waits at the last step but one; an approval promotes, a refusal takes back, and the report names both."""
    strategy = {**QUICK, "steps": [50, 100], "approve_before_full": True}
    ended: list[State[Any]] = []
    thread = threading.Thread(target=lambda: ended.append(served.redeploy(strategy=strategy)))
    thread.start()
    run = paused(served)
    assert served.endpoint().traffic == {"blue": 50, "green": 50}
    resume_flow_run(run.id, run_input={"approve": approve, "decided_by": "Ada"})
    thread.join(WAIT_SECONDS)
    (state,) = ended
    report = report_of(state)
    assert report.outcome == ("promoted" if approve else "rolled_back"), state
    assert "Ada" in served.page()
    if not approve:
        assert state.is_failed()
        assert str(state.message) == "green was taken back: Ada refused 100 percent"
        served.is_as_before()


def test_users_calls_that_are_known_late_take_a_model_back(served: Served) -> None:
    """They failed at the end of a step, and the log got them only once it was over: the next one judges them."""
    served.is_logged()
    held = {"action": "delay", "operation": "log_record.ingest", "seconds": 200, "times": -1}
    served.stage.emulator.fault(**held, path=served.name)
    model = served.model(answer=2, raises_on="raise")
    strategy = {**QUICK, "steps": [50, 100], "approve_before_full": True}
    ended: list[State[Any]] = []
    thread = threading.Thread(
        target=lambda: ended.append(served.redeploy(revision={"kind": "model", "model": model}, strategy=strategy))
    )
    thread.start()
    run = paused(served)
    served.call_as_users_do(40, '["raise"]')
    served.stage.emulator.advance(201)
    resume_flow_run(run.id, run_input={"approve": True, "decided_by": "Ada"})
    thread.join(WAIT_SECONDS)
    (state,) = ended
    assert report_of(state).outcome == "rolled_back", state
    # Of the step before, or of this one: other tests may have moved the emulator's clock ahead of this process's.
    assert re.search(r"at 100 % green: .*\(users \d+ model\)", str(state.message))
    assert [one.analysis and one.analysis.decision for one in report_of(state).bakes] == ["success", "failed"]
    served.is_as_before()


def test_no_answer_is_a_refusal(prefect_server: object) -> None:
    """The run goes on by itself when the time is over, so that it can take the rollout back and say why."""

    @flow
    def asking() -> str:
        with pytest.raises(WaitTimedOut, match="nobody answered"):
            require_approval("All traffic to green?", "rollout-1", 1)
        return "taken back"

    state: State[Any] = asking(return_state=True)
    assert state.is_completed(), state


def paused(served: Served) -> FlowRun:
    """The endpoint's run, once it waits for an answer."""

    def look() -> FlowRun | None:
        return next((run for run in served.runs() if run.state and run.state.is_paused()), None)

    return until(look, "a run that waits for an answer")


@pytest.mark.parametrize(("then", "outcome"), [("roll_back", "rolled_back"), ("promote", "promoted")])
def test_too_few_samples_are_as_told(served: Served, then: str, outcome: str) -> None:
    """The step is watched for longer; what stays inconclusive goes back or on, an event tells, and the report why."""
    began = datetime.now(UTC)
    state = served.redeploy(strategy={**UNSURE, "when_inconclusive": then})
    assert report_of(state).outcome == outcome, state
    told = [one.payload for one in rollout_events(began) if one.event == "azureml.rollout.inconclusive"]
    assert [one["percent"] for one in told] == ([50] if outcome == "rolled_back" else [50, 100])
    assert "samples, and 500 are needed" in str(told[0]["reason"])
    assert "extended: " in served.page()
    if outcome == "rolled_back":
        assert "at 50 % it is inconclusive how green does" in str(state.message)
        served.is_as_before()


def test_too_few_samples_may_be_a_persons_decision(served: Served) -> None:
    """The traffic stays as it is until somebody has decided."""
    ended: list[State[Any]] = []
    thread = threading.Thread(
        target=lambda: ended.append(served.redeploy(strategy={**UNSURE, "when_inconclusive": "hold"}))
    )
    thread.start()
    run = paused(served)
    assert served.endpoint().traffic == {"blue": 50, "green": 50}
    resume_flow_run(run.id, run_input={"approve": False, "decided_by": "Ada"})
    thread.join(WAIT_SECONDS)
    (state,) = ended
    assert str(state.message) == "green was taken back: Ada refused to go on"
    served.is_as_before()


@pytest.mark.parametrize("asks", [{"approve_before_full": True}, {**UNSURE, "when_inconclusive": "hold"}])
def test_a_model_that_fails_while_a_person_is_asked_is_not_waited_for(served: Served, asks: dict[str, Any]) -> None:
    """Users meet it meanwhile: the rollout answers no in the person's place, and its message says why."""
    strategy = {**QUICK, "steps": [50, 100], "approval_minutes": 1, **asks}
    ended: list[State[Any]] = []
    thread = threading.Thread(target=lambda: ended.append(served.redeploy(strategy=strategy)))
    thread.start()
    paused(served)
    served.stage.emulator.fault(action="fail", status=500, path="/score$", host=served.name, times=3)
    thread.join(WAIT_SECONDS)
    (state,) = ended
    assert report_of(state).outcome == "rolled_back"
    assert str(state.message).startswith("green was taken back: waiting for a person green: failed 1 of ")
    assert "the rollout itself" not in str(state.message)
    served.is_as_before()


def test_a_failure_counts_though_somebody_approves_at_that_moment(served: Served) -> None:
    """The guard can't say no any more, since the run goes on already; what it saw is known all the same."""
    emulator, endpoint = served.stage.emulator, served.endpoint()
    watched = Rollout(id="1", run="1", endpoint=served.name, color="blue", live={"blue": 100})
    strategy = Strategy(bake_seconds=0, probes=5, approval_minutes=1)
    emulator.fault(action="fail", status=500, path="/score$", host=served.name, times=3)

    @flow
    def going_on() -> str:
        with stoppable() as stop:
            sample = RolloutRequests(sample="[1]")
            guard = guard_step.submit(served.stage.target, watched, sample, strategy, Step(endpoint=endpoint))
            until(lambda: all(one["times"] == 0 for one in emulator.control("GET", "/faults").json()), "a failed call")
            stop.set()
            seen = guard.result()
        return seen.title if seen and seen.is_failed else "nothing"

    assert going_on() == "waiting for a person"
