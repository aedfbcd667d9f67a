"""Rollouts killed or ended at every step: the endpoint comes to one of its two whole states."""

from __future__ import annotations

import signal

import pytest
from support.campaign import sampled
from support.prefect.flows import try_again
from support.prefect.server import RunningPrefect
from support.rollout.moments import MOMENTS, OVER, PROMOTED, STEPS, crash
from support.rollout.stage import QUICK, Served, report_of
from support.waiting import until

from flows.endpoint_redeploy import endpoint_redeploy

OWN_FAULT = "green was rolled back: at 50 % green"
ENDED = {"promote": "serves the current version from green", "take back": OWN_FAULT, "end of the way back": OWN_FAULT}


@pytest.mark.parametrize("moment", sampled(MOMENTS, "begin", "first step", "promote"))
def test_a_killed_rollout(served: Served, prefect_server: RunningPrefect, moment: str) -> None:
    """Its retry, or else the recovery once Prefect has noticed, takes it back from the endpoint's own note."""
    killed = MOMENTS[moment]
    parameters = killed.parameters(served)
    before = len(served.shares("green"))
    killed.stall(served)
    with served.process(prefect_server, **parameters) as process:
        until(lambda: killed.is_due(served, before), "its moment", process=process)
        process.kill()
    served.stage.emulator.clear_faults()
    (run,) = served.runs()
    if moment in {"begin", "smoke test", "all traffic", "take back"}:
        again = served.parameters(strategy={**QUICK, "preset": "blue_green"})
        assert report_of(try_again(endpoint_redeploy, run.id, again)).outcome == "promoted"
        assert served.is_whole() == "green"
    else:
        crash(run.id)
        recovery = served.recover()
        assert recovery.is_completed(), recovery.message
        assert moment in OVER or f"flow run {run.id}" in str(recovery.message)
        assert served.is_whole() == ("green" if moment in PROMOTED else "blue")
        assert served.recover().message == "No abandoned rollout was found."


@pytest.mark.parametrize("moment", sampled(MOMENTS, "take back", "watch"))
def test_an_ended_rollout_takes_itself_back(served: Served, prefect_server: RunningPrefect, moment: str) -> None:
    """As a worker ends it that is told to cancel: by SIGTERM, with half a minute to put the traffic back.

    While the old color is kept after a promotion, too: that is what it is kept for. Only what Azure already carries
    out as a whole stays as it is.
    """
    killed = MOMENTS[moment]
    parameters, before = killed.parameters(served), len(served.shares("green"))
    killed.stall(served)
    with served.process(prefect_server, **parameters) as process:
        until(lambda: killed.is_due(served, before), "its moment", process=process)
        process.send_signal(signal.SIGTERM)
        served.stage.emulator.clear_faults()
        printed, _ = process.communicate(timeout=30)
    assert served.is_whole() == ("green" if moment == "promote" else "blue"), printed[-3000:]
    assert moment == "begin" or ENDED.get(moment, "green was rolled back: the run was interrupted") in served.page()


def test_a_way_back_that_fails_is_told_and_gone_by_the_next_run(served: Served) -> None:
    """The run says that somebody has to act; the note stays, and whoever runs next puts the traffic back."""
    path = f"/onlineEndpoints/{served.name}$"
    model = served.model(answer=1.03, raises_from=3)
    served.stage.emulator.fault(action="delay", method="PUT", path=path, times=2)
    served.stage.emulator.fault(
        action="fail", status=403, code="AuthorizationFailed", method="PUT", path=path, times=-1
    )
    state = served.redeploy(revision={"kind": "model", "model": model}, strategy=STEPS)
    assert report_of(state).outcome == "stuck"
    assert str(state.message).startswith("green was not promoted, and the rollback failed: at 50 % green")
    assert "NOT rolled back: act now" in served.page()
    assert served.endpoint().traffic == {"blue": 50, "green": 50}
    served.stage.emulator.clear_faults()
    assert report_of(served.redeploy(revision={"kind": "file", "file": "nowhere.yml"})).outcome == "refused"
    assert served.is_whole() == "blue"
