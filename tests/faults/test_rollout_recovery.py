"""What a rollout has left whose run nobody retries, and who puts it right."""

from __future__ import annotations

import signal
from uuid import uuid4

from support.prefect.flows import scheduled
from support.prefect.server import RunningPrefect
from support.rollout.moments import MOMENTS, crash
from support.rollout.stage import Served, report_of
from support.waiting import until

from tasks.clients.connect import connect
from tasks.domain.rollout.state import ROLLOUT_TAG, Rollout, rollout_in


def test_a_rollout_that_is_cancelled_and_has_no_time_is_recovered(
    served: Served, prefect_server: RunningPrefect
) -> None:
    """Azure still works on the step when the worker kills the run: the recovery waits for Azure, then goes back."""
    killed, before = MOMENTS["first step"], len(served.shares("green"))
    killed.stall(served)
    with served.process(prefect_server, **killed.parameters(served)) as process:
        until(lambda: killed.is_due(served, before), "its moment", process=process)
        process.send_signal(signal.SIGTERM)
        until(lambda: "roll back green" in served.steps_under_way(), "the way back", process=process)
        process.kill()
    (run,) = served.runs()
    crash(run.id)
    served.stage.emulator.clear_faults()
    assert served.recover().is_completed()
    assert served.is_whole() == "blue"


def test_a_recovery_touches_nothing_else(served: Served, prefect_server: RunningPrefect) -> None:
    """A rollout that is under way goes on; one whose run Prefect doesn't know is another server's."""
    served.recover(endpoint=None)  # what other tests have left
    watching = MOMENTS["watch"]
    with served.process(prefect_server, **watching.parameters(served)) as process:
        until(lambda: watching.is_due(served, 0), "its moment", process=process)
        written = served.writes()
        assert served.recover(endpoint=None).message == "No abandoned rollout was found."
        assert served.writes() == written
        process.kill()
    (run,) = served.runs()
    crash(run.id)
    assert f"flow run {run.id}" in str(served.recover(endpoint=None).message)
    assert served.is_whole() == "blue"
    with connect(served.stage.target) as azure:
        foreign = Rollout(id=str(uuid4()), run=str(uuid4()), endpoint=served.name, color="green", live={"blue": 100})
        azure.rollouts.begin(foreign)
        told = served.recover()
        assert told.is_completed()
        assert f"flow run {foreign.run} is rolling out green, but Prefect does not know that run" in str(told.message)
        assert "remove the tags that begin with" in str(told.message)
        refused = served.redeploy()
        assert report_of(refused).outcome == "refused"
        assert "remove the tags that begin with" in served.page()
        assert rollout_in(served.name, served.endpoint().tags) == foreign
        azure.rollouts.end(foreign)


def test_a_run_that_is_scheduled_again_works_on_nothing(served: Served, prefect_server: RunningPrefect) -> None:
    """What it left is put right before its retry begins, which may be late, or never."""
    watching = MOMENTS["watch"]
    with served.process(prefect_server, **watching.parameters(served)) as process:
        until(lambda: watching.is_due(served, 0), "its moment", process=process)
        process.kill()
    (run,) = served.runs()
    scheduled(run.id)
    assert f"flow run {run.id}" in str(served.recover().message)
    assert served.is_whole() == "blue"


def test_a_note_that_nobody_can_read_is_told(served: Served) -> None:
    """The recovery fails with what a person has to do, and changes nothing."""
    path = served.stage.target.endpoint_id(served.name)
    served.stage.management.ask("PATCH", path, {"tags": {ROLLOUT_TAG: "x"}}).raise_for_status()
    until(lambda: ROLLOUT_TAG in served.endpoint().tags)
    state = served.recover()
    assert state.is_failed()
    assert f"the rollout record in the tags of endpoint {served.name} can't be read" in str(state.message)
    assert "Set the traffic as desired, and remove the tags" in str(state.message)
