"""Workers and the flows on them die in every step of a rollout, and each endpoint comes to a whole state by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from support.cluster.runs import Stage, client_of, deploy_all, freeze, run_rollout, states_of
from support.cluster.stack import WORKERS, start_cluster, worker
from support.diagnostics.stage import set_up
from support.emulator.running import start_emulator
from support.rollout.moments import MOMENTS, Killed
from support.rollout.stage import Served, serve
from support.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(500)]

# What each run's second try ends as, and who serves then. What had come to its end in Azure without the run is rolled
# out again: the same again is never there already. Models that are slow or raise are so again.
ENDS = dict.fromkeys(MOMENTS, ("Completed", "green")) | {
    "smoke test": ("Failed", "blue"),
    "promote": ("Completed", "blue"),
    "take back": ("Failed", "blue"),
    "end of the way back": ("Failed", "blue"),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A cluster of its own, whose emulator runs real inference servers."""
    folder = tmp_path_factory.mktemp("rollouts")
    with (
        start_emulator(folder / "emulator") as emulator,
        start_cluster(emulator.variables) as cluster,
        client_of(cluster) as client,
    ):
        deploy_all(client)
        yield Stage(emulator, cluster, client)


@pytest.fixture
def endpoints(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Served]:
    """An endpoint with all traffic on blue for each moment; the emulator's variables are this process's, too."""
    for name, value in stage.emulator.variables.items():
        monkeypatch.setenv(name, value)
    workspace = set_up(stage.emulator, "rg-lost-rollout")
    return {moment: serve(workspace, tmp_path) for moment in MOMENTS}


def test_rollouts_outlive_the_machines_that_carry_them_out(stage: Stage, endpoints: dict[str, Served]) -> None:
    """Both workers die with their flows, each in another step: they are noticed, and another worker runs them again.

    A run first puts the traffic back as it was noted on the endpoint, then carries the rollout out.
    """
    before = {moment: len(served.shares("green")) for moment, served in endpoints.items()}
    runs = {moment: _begun(stage, moment, served) for moment, served in endpoints.items()}
    _freeze_when_due(stage, {run: _Due(MOMENTS[one], endpoints[one], before[one]) for one, run in runs.items()})
    assert endpoints["watch"].endpoint().traffic == {"blue": 50, "green": 50}
    for name in WORKERS:
        stage.cluster.kill(name)
    stage.emulator.clear_faults()
    with worker(stage.cluster, "worker-3", stage.emulator.variables):
        _until_over_again(stage, runs)
    found = {moment: (_last_state(stage, run), endpoints[moment].is_whole()) for moment, run in runs.items()}
    assert found == ENDS
    for run in runs.values():
        assert {"WorkerLost", "AwaitingRetry"} <= set(states_of(stage.client, run))
    # The first try, the way back, the second try.
    assert endpoints["watch"].shares("green")[-8:] == [0, 50, 0, 0, 0, 50, 100, 100]


def _begun(stage: Stage, moment: str, served: Served) -> UUID:
    killed = MOMENTS[moment]
    parameters = served.parameters(**killed.parameters(served))
    killed.stall(served)
    return run_rollout(stage.client, parameters)


@dataclass(frozen=True)
class _Due:
    """Tells when a run is at its moment."""

    moment: Killed
    served: Served
    before: int

    def __bool__(self) -> bool:
        return self.moment.is_due(self.served, self.before)


def _freeze_when_due(stage: Stage, due: dict[UUID, _Due]) -> None:
    """Stop each run at its moment, until all are there."""
    waiting = dict(due)

    def all_are_there() -> bool:
        for run in [one for one in waiting if waiting[one]]:
            freeze(stage.cluster, run)
            del waiting[run]
        return not waiting

    until(all_are_there, "every rollout to be in its step", 200)


def _until_over_again(stage: Stage, runs: dict[str, UUID]) -> None:
    states = dict[str, str]()

    def all_are_over() -> bool:
        found = {moment: stage.client.read_flow_run(run) for moment, run in runs.items()}
        states.update({moment: f"{run.state_name}, try {run.run_count}" for moment, run in found.items()})
        return all(
            one.run_count > 1 and one.state and one.state.is_final() and one.state_name != "WorkerLost"
            for one in found.values()
        )

    try:
        until(all_are_over, "every run's second try", 400)
    except AssertionError as error:
        raise AssertionError(f"{error}: {states}") from error


def _last_state(stage: Stage, run: UUID) -> str:
    state = stage.client.read_flow_run(run).state
    return str(state.name) if state else ""
