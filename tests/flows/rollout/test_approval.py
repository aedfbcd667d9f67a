"""Rollouts that need manual approval, or whose steps stay inconclusive."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from prefect import flow
from prefect.client.schemas.objects import State
from prefect.flow_runs import resume_flow_run
from support.diagnostics.runs import rollout_events
from support.rollout.stage import QUICK, Served, report_of
from support.waiting import until

from flows.rollout.approval import require_approval
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
    run = served.paused()
    assert served.endpoint().traffic == {"blue": 50, "green": 50}
    resume_flow_run(run.id, run_input={"approve": approve, "decided_by": "Ada"})
    thread.join(WAIT_SECONDS)
    (state,) = ended
    report = report_of(state)
    assert report.outcome == ("promoted" if approve else "rolled_back"), state
    assert "Ada" in served.page()
    if not approve:
        assert state.is_failed()
        assert str(state.message) == "green was rolled back: Ada rejected the shift to 100 percent"
        served.is_as_before()


def test_no_answer_is_a_refusal(prefect_server: object) -> None:
    """The run goes on by itself when the time is over, so that it can roll back and say why."""

    @flow
    def asking() -> str:
        with pytest.raises(WaitTimedOut, match="100 percent was not approved"):
            require_approval("All traffic to green?", "rollout-1", 1, "100 percent")
        return "rolled back"

    state: State[Any] = asking(return_state=True)
    assert state.is_completed(), state


@pytest.mark.parametrize(("then", "outcome"), [("roll_back", "rolled_back"), ("promote", "promoted")])
def test_too_few_samples_are_as_told(served: Served, then: str, outcome: str) -> None:
    """The step is watched for longer; what stays inconclusive goes back or on, an event tells, and the report why."""
    began = datetime.now(UTC)
    state = served.redeploy(strategy={**UNSURE, "when_inconclusive": then})
    assert report_of(state).outcome == outcome, state
    told = [one.payload for one in rollout_events(began) if one.event == "azureml.rollout.inconclusive"]
    assert [one["percent"] for one in told] == ([50] if outcome == "rolled_back" else [50, 100])
    assert "samples, 500 required" in str(told[0]["reason"])
    assert "extended: " in served.page()
    if outcome == "rolled_back":
        assert "green is inconclusive at 50 %" in str(state.message)
        served.is_as_before()


def test_too_few_samples_may_be_a_persons_decision(served: Served) -> None:
    """The traffic stays as it is until somebody has decided."""
    ended: list[State[Any]] = []
    thread = threading.Thread(
        target=lambda: ended.append(served.redeploy(strategy={**UNSURE, "when_inconclusive": "hold"}))
    )
    thread.start()
    run = served.paused()
    assert served.endpoint().traffic == {"blue": 50, "green": 50}
    resume_flow_run(run.id, run_input={"approve": False, "decided_by": "Ada"})
    thread.join(WAIT_SECONDS)
    (state,) = ended
    assert str(state.message) == "green was rolled back: Ada rejected continuing the rollout"
    served.is_as_before()


@pytest.mark.parametrize("asks", [{"approve_before_full": True}, {**UNSURE, "when_inconclusive": "hold"}])
def test_a_model_that_fails_while_a_person_is_asked_is_not_waited_for(served: Served, asks: dict[str, Any]) -> None:
    """Users meet it meanwhile: the rollout answers no in the person's place, and its message says why."""
    strategy = {**QUICK, "steps": [50, 100], "approval_minutes": 1, **asks}
    ended: list[State[Any]] = []
    thread = threading.Thread(target=lambda: ended.append(served.redeploy(strategy=strategy)))
    thread.start()
    served.paused()
    served.stage.emulator.fault(action="fail", status=500, path="/score$", host=served.name, times=3)
    thread.join(WAIT_SECONDS)
    (state,) = ended
    assert report_of(state).outcome == "rolled_back"
    assert str(state.message).startswith("green was rolled back: waiting for approval green: failed 1 of ")
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

    assert going_on() == "waiting for approval"
