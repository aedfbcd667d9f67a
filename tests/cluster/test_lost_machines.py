"""Machines of the cluster die in the middle of runs, and nothing is lost or doubled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.cluster.runs import (
    EACH,
    OTHER_POOL,
    WORKSPACES,
    Stage,
    kept_steps,
    records,
    run_approval,
    run_diagnostics,
    run_lifecycle,
    state_of,
    states_of,
    until_completed,
    worker_of,
)
from support.cluster.stack import worker
from support.lifecycle.stage import new_job
from support.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]
SENT_ONCE = (r"/resourceGroups/[^/]+$", r"/deployments/ml-", r"/onlineEndpoints/[^/]+/deployments/blue$")


def test_a_replica_and_workers_die(stage: Stage, tmp_path: Path) -> None:
    """Every run completes on what is left: lost ones go on from the failed step, and a queued one has its turn.

    So does one whose only worker died after it had taken the run and before it began. One that waits for an approval
    goes on waiting, and one that ended before its first heartbeat arrived stays ended.
    """
    client, cluster, emulator = stage.client, stage.cluster, stage.emulator
    approval, brief = run_approval(client), run_diagnostics(client, emulator, group="nothing-there")
    job, second = new_job(emulator, tmp_path), new_job(emulator, tmp_path)
    emulator.fault(action="stall", operation="online_deployment.create", path=job.target.resource_group, times=-1)
    lifecycle = run_lifecycle(client, job)
    until(lambda: any(re.search(r"/deployments/blue$", one) for one in job.writes()), "the online deployment")
    with worker(cluster, "worker-3", emulator.variables, pool=OTHER_POOL):
        early = run_diagnostics(client, emulator, OTHER_POOL)
        until(lambda: state_of(client, early) in {"Pending", "Submitting"}, "worker-3 to take the run")
    diagnosis, queued = run_diagnostics(client, emulator), run_lifecycle(client, second)
    until(lambda: state_of(client, diagnosis) == "Running", "the diagnosis")
    until(lambda: state_of(client, approval) == "Suspended", "the run that waits for approval")
    until(lambda: state_of(client, brief).startswith(("Completed", "Failed")), "the run with nothing to look at")

    cluster.kill("api-1")
    cluster.kill(worker_of(cluster, lifecycle))
    stage.calm()
    with worker(cluster, "worker-4", emulator.variables, pool=OTHER_POOL):
        lost, begun, *_ = until_completed(client, [lifecycle, early, diagnosis, queued], seconds=240)

    assert (lost.run_count, begun.run_count) == (2, 1)
    assert all({"WorkerLost", "AwaitingRetry"} <= set(states_of(client, run)) for run in (lifecycle, early))
    assert states_of(client, approval)[-2:] == ["Running", "Suspended"]
    assert "WorkerLost" not in states_of(client, brief)
    assert len(client.read_flow_runs()) == 6
    steps = f"create workspace {job.target.workspace}", f"provision network of {job.target.workspace}"
    assert kept_steps(client, lifecycle) >= {*steps, f"create endpoint {job.endpoint.name}"}
    for sent in SENT_ONCE:
        assert len([one for one in job.writes() if re.search(sent, one)]) == 1, sent
    assert job.kinds() == second.kinds()
    assert records(client) == [EACH] * WORKSPACES


def test_a_run_outlives_its_worker(stage: Stage, tmp_path: Path) -> None:
    """A worker that alone is killed takes no run with it: the run ends by itself, at the first try."""
    client, cluster, emulator = stage.client, stage.cluster, stage.emulator
    with worker(cluster, "worker-3", emulator.variables):
        job = new_job(emulator, tmp_path)
        emulator.fault(action="stall", operation="endpoint.create", path=job.target.resource_group, times=-1)
        run = run_lifecycle(client, job)
        until(lambda: any(re.search(r"/onlineEndpoints/[^/]+$", one) for one in job.writes()), "the endpoint")
        cluster.kill_alone(worker_of(cluster, run))
        stage.calm()
        (ended,) = until_completed(client, [run], seconds=60)
    assert ended.run_count == 1
