"""Rollouts killed, ended or doubled at every step: the endpoint comes to one of its two whole states."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import RunningEmulator
from diagnosis_stage import Stage, set_up
from prefect import flow, runtime
from prefect.client.orchestration import get_client
from prefect.states import Crashed, Scheduled
from prefect_flows import try_again
from prefect_server import RunningPrefect
from rollout_stage import QUICK, Served, report_of, serve

from flows.endpoint_redeploy import endpoint_redeploy
from tasks.begin_rollout import begin_rollout
from tasks.domain.errors import Conflict
from tasks.domain.rollout import Rollout, rollout_in

PATIENCE_SECONDS = 60
STEPS = {**QUICK, "steps": [50, 100]}
SLOW_BAKE = {**STEPS, "bake_seconds": 60}


@pytest.fixture(scope="module")
def workspace(emulator_process: RunningEmulator, prefect_server: object) -> Stage:
    """A workspace for this module's endpoints."""
    return set_up(emulator_process, "rg-killed-rollouts")


@pytest.fixture
def served(workspace: Stage, emulator: RunningEmulator, tmp_path: Path) -> Served:
    """An endpoint of the test's own."""
    return serve(workspace, tmp_path)


def until(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Wait for a condition, while a process that is to bring it about runs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process is None or process.poll() is None, process.stdout.read()[-3000:] if process.stdout else ""
        assert time.monotonic() < deadline
        time.sleep(0.1)


class Killed:
    """One way to be killed: what is kept from ending, and when the process is killed."""

    def __init__(self, update: int = 0, model: dict[str, Any] | None = None, strategy: dict[str, Any] = STEPS) -> None:
        self.update = update  # the number of the request that sets the endpoint, counted from 1; 0: another moment
        self.model = model or {}
        self.strategy = strategy

    def parameters(self, served: Served) -> dict[str, Any]:
        revision = {"kind": "model", "model": served.model(**{"answer": 1, **self.model})} if self.model else {}
        return {"revision": revision, "strategy": self.strategy}

    def stall(self, served: Served) -> None:
        path = f"/onlineEndpoints/{served.name}"
        if self.update:
            common = {"operation": "endpoint.update", "path": path}
            served.stage.emulator.fault(action="delay", seconds=0, times=self.update - 1, **common)
            served.stage.emulator.fault(action="stall", **common)

    def is_due(self, served: Served, before: int) -> bool:
        return len(served.shares("green")) - before >= self.update


class KilledWhileDeploying(Killed):
    def stall(self, served: Served) -> None:
        served.stage.emulator.fault(action="stall", operation="online_deployment.create", path=f"/{served.name}/")

    def is_due(self, served: Served, before: int) -> bool:
        return any("/deployments/green" in one for one in served.writes())


class KilledWhileTesting(Killed):
    def is_due(self, served: Served, before: int) -> bool:
        green = served.online_deployment("green")
        return green is not None and green.provisioning_state == "Succeeded"


class KilledWhileWatching(Killed):
    def is_due(self, served: Served, before: int) -> bool:
        return served.endpoint().traffic == {"blue": 50, "green": 50}


class KilledWhileKept(Killed):
    def is_due(self, served: Served, before: int) -> bool:
        return any(served.notes_until())


MOMENTS: dict[str, Killed] = {
    "begin": Killed(1),
    "deploy": KilledWhileDeploying(),
    "smoke test": KilledWhileTesting(model={"seconds": 3}),
    "first step": Killed(2),
    "watch": KilledWhileWatching(strategy=SLOW_BAKE),
    "all traffic": Killed(3),
    "promote": Killed(4),
    "kept": KilledWhileKept(strategy={**STEPS, "keep_minutes": 1.0}),
    # Equal models share a process, and its count of calls.
    "take back": Killed(3, model={"answer": 1.01, "raises_from": 3}),
    "end of the way back": Killed(4, model={"answer": 1.02, "raises_from": 3}),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_rollout(served: Served, prefect_server: RunningPrefect, moment: str) -> None:
    """Its retry, or else the next run once Prefect has noticed, takes it back from the endpoint's own note.

    A next run that itself is refused takes it back too.
    """
    killed = MOMENTS[moment]
    parameters = killed.parameters(served)
    before = len(served.shares("green"))
    killed.stall(served)
    with served.process(prefect_server, **parameters) as process:
        until(lambda: killed.is_due(served, before), process)
        process.kill()
    served.stage.emulator.clear_faults()
    (run,) = served.runs()
    if moment in {"begin", "smoke test", "all traffic", "take back"}:
        again = served.parameters(strategy={**QUICK, "preset": "blue_green"})
        assert report_of(try_again(endpoint_redeploy, run.id, again)).outcome == "promoted"
        assert served.is_whole() == "green"
    else:
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(run.id, Crashed(message="no heartbeat"), force=True)
        assert report_of(served.redeploy(revision={"kind": "file", "file": "nowhere.yml"})).outcome == "refused"
        # Killed at its very end, or while the old color was kept, it had promoted green already.
        assert served.is_whole() == ("green" if moment in {"promote", "kept"} else "blue")


@pytest.mark.parametrize("moment", ["deploy", "watch", "kept"])
def test_an_ended_rollout_takes_itself_back(served: Served, prefect_server: RunningPrefect, moment: str) -> None:
    """As a worker ends it that is told to cancel: by SIGTERM, with half a minute to put the traffic back.

    While the old color is kept after a promotion, too: that is what it is kept for.
    """
    killed = MOMENTS[moment]
    parameters, before = killed.parameters(served), len(served.shares("green"))
    killed.stall(served)
    with served.process(prefect_server, **parameters) as process:
        until(lambda: killed.is_due(served, before), process)
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=30)
    assert served.is_whole() == "blue", printed[-3000:]
    assert "green was taken back: the run was ended" in served.page()


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
    assert str(state.message).startswith("green was not promoted, and the traffic could not be put back: at 50 % green")
    assert "NOT rolled back: act now" in served.page()
    assert served.endpoint().traffic == {"blue": 50, "green": 50}
    served.stage.emulator.clear_faults()
    assert report_of(served.redeploy(revision={"kind": "file", "file": "nowhere.yml"})).outcome == "refused"
    assert served.is_whole() == "blue"


def test_of_two_rollouts_at_once_one_goes(served: Served) -> None:
    """The other changes nothing, and says whose turn it is."""
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(served.redeploy, strategy={**STEPS, "bake_seconds": 3}) for _ in range(2)]
        reports = [report_of(one.result()) for one in both]
    assert sorted(one.outcome for one in reports) == ["promoted", "refused"]
    (refused,) = [one for one in reports if one.outcome == "refused"]
    assert "is rolling green out" in refused.reason
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
    with pytest.raises(Conflict, match="is rolling green out"):
        next(one for one in states if one.is_failed()).result()


def test_the_newest_of_those_that_wait_wins(served: Served) -> None:
    """A run that has waited for its turn, and finds a newer version serving or waiting then, changes nothing."""
    first, second, third = (served.model(answer=at) for at in (11, 12, 13))
    waiting = {**QUICK, "preset": "blue_green", "wait_minutes": 2}
    with ThreadPoolExecutor() as pool:
        going = pool.submit(served.redeploy, revision=model_of(first), strategy={**STEPS, "bake_seconds": 1})
        until(lambda: rollout_in(served.name, served.endpoint().tags) is not None)
        late = [pool.submit(served.redeploy, revision=model_of(one), strategy=waiting) for one in (third, second)]
        assert report_of(going.result()).outcome == "promoted"
        newest, older = (report_of(one.result()) for one in late)
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
    assert f"flow run {due.id} is to roll out {newer.removeprefix('azureml:')}, which is newer" in str(state.message)
    assert served.is_whole() == "blue"


def model_of(model: str) -> dict[str, str]:
    return {"kind": "model", "model": model}
