"""Several rollouts to one endpoint: one goes at a time, and the newest version wins."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from prefect import flow, runtime
from prefect.client.orchestration import get_client
from prefect.states import Scheduled
from support.rollout.moments import STEPS
from support.rollout.stage import QUICK, Served, report_of
from support.waiting import PATIENCE_SECONDS, until

from flows.endpoint_redeploy import endpoint_redeploy
from tasks.domain.common.errors import Conflict
from tasks.domain.rollout.state import Rollout, rollout_in
from tasks.rollout.begin_rollout import begin_rollout


def test_of_two_rollouts_at_once_one_goes(served: Served) -> None:
    """The other changes nothing, and says whose turn it is."""
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(served.redeploy, strategy={**STEPS, "bake_seconds": 3}) for _ in range(2)]
        reports = [report_of(one.result()) for one in both]
    assert sorted(one.outcome for one in reports) == ["promoted", "refused"]
    (refused,) = [one for one in reports if one.outcome == "refused"]
    assert "is rolling out green" in refused.reason
    assert served.is_whole() == "green"


def test_of_two_that_begin_at_the_same_moment_one_may(served: Served) -> None:
    """Both have seen that nothing is under way, and only one notes its way back."""
    ready = threading.Barrier(2)

    @flow
    def beginning(target: dict[str, Any], endpoint: str) -> str:
        own = {"id": str(runtime.flow_run.id), "run": str(runtime.flow_run.id), "color": "green", "live": {"blue": 100}}
        ready.wait(PATIENCE_SECONDS)
        begin_rollout(served.stage.target, Rollout(endpoint=endpoint, **own))
        return own["id"]

    target = served.parameters()["target"].model_dump(mode="json")
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(beginning, target, served.name, return_state=True) for _ in range(2)]
        states = [one.result() for one in both]
    (won,) = [one.result() for one in states if one.is_completed()]
    noted = rollout_in(served.name, served.endpoint().tags)
    assert noted
    assert noted.id == won
    with pytest.raises(Conflict, match="is rolling out green"):
        next(one for one in states if one.is_failed()).result()


def test_the_newest_of_those_that_wait_wins(served: Served) -> None:
    """A run that has waited for its turn, and finds a newer version serving or waiting then, changes nothing."""
    first, second, third = (served.model(answer=at) for at in (11, 12, 13))
    waiting = {**QUICK, "preset": "blue_green", "wait_minutes": 2}
    with ThreadPoolExecutor() as pool:
        going = pool.submit(served.redeploy, revision=model_of(first), strategy={**STEPS, "bake_seconds": 1})
        until(lambda: rollout_in(served.name, served.endpoint().tags) is not None)
        newest_going = pool.submit(served.redeploy, revision=model_of(third), strategy=waiting)
        until(lambda: len(served.runs()) == 2, "the newest one's run")
        older_going = pool.submit(served.redeploy, revision=model_of(second), strategy=waiting)
        assert report_of(going.result()).outcome == "promoted"
        newest, older = report_of(newest_going.result()), report_of(older_going.result())
    assert (newest.outcome, older.outcome) == ("promoted", "superseded")
    assert served.answers() == ("blue", 13)


def test_a_newer_version_that_is_due_wins(served: Served) -> None:
    """Its run need not have begun; one for another endpoint doesn't count."""
    older, newer = served.model(answer=12), served.model(answer=13)
    own = served.parameters(revision=model_of(newer))
    target = own["target"].model_dump(mode="json")
    with get_client(sync_client=True) as client:
        for endpoint in ("another", served.name):
            plain = {**own, "endpoint": endpoint, "target": target}
            due = client.create_flow_run(endpoint_redeploy, parameters=plain, state=Scheduled())
    state = served.redeploy(revision=model_of(older))
    assert report_of(state).outcome == "superseded"
    assert f"flow run {due.id} will roll out {newer.removeprefix('azureml:')}, which is newer" in str(state.message)
    assert served.is_whole() == "blue"


def model_of(model: str) -> dict[str, str]:
    return {"kind": "model", "model": model}
