"""A worker and its flow die in the middle of a rollout, and the endpoint still comes to a whole state by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from cluster_backends import until
from cluster_runs import Stage, run_rollout, states_of, until_completed, worker_of
from cluster_stack import worker
from diagnosis_stage import set_up
from rollout_stage import QUICK, Served, serve

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]
STEPS = {**QUICK, "steps": [50, 100], "bake_seconds": 6}


@pytest.fixture
def served(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    """An endpoint with all traffic on blue, and the emulator's variables in this process for as long as the test."""
    for name, value in stage.emulator.variables.items():
        monkeypatch.setenv(name, value)
    return serve(set_up(stage.emulator, "rg-lost-rollout"), tmp_path)


def test_a_rollout_outlives_the_machine_that_carries_it_out(stage: Stage, served: Served) -> None:
    """Killed at 50 percent together with its worker, its run is noticed, and scheduled again for another worker.

    That one first puts the traffic back as it was noted on the endpoint, then carries the rollout out.
    """
    client, cluster = stage.client, stage.cluster
    run = run_rollout(client, served, STEPS)
    until(lambda: served.endpoint().traffic == {"blue": 50, "green": 50}, "the step at 50 percent")
    cluster.kill(worker_of(cluster, run))
    assert served.endpoint().traffic == {"blue": 50, "green": 50}
    with worker(cluster, "worker-3", stage.emulator.variables):
        (ended,) = until_completed(client, [run], seconds=240)
    assert ended.run_count == 2
    assert {"WorkerLost", "AwaitingRetry"} <= set(states_of(client, run))
    assert served.shares("green")[-8:] == [0, 50, 0, 0, 0, 50, 100, 100]  # the first try, the way back, the second try
    assert served.is_whole() == "green"
