"""A run killed in the middle of a step: the next one goes on, and nothing is lost, doubled or orphaned."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from support.lifecycle.stage import Job
from support.prefect.flows import try_again
from support.prefect.server import RunningPrefect
from support.waiting import PATIENCE_SECONDS, until

from flows.endpoint_lifecycle import endpoint_lifecycle

# For each step: the operation that is kept from ending, and the request after which the process is killed.
STEPS = {
    "create workspace": ("deployment.write", r"PUT \S+/deployments/ml-\S+$"),
    "provision network": ("managed_network.provision", r"POST \S+/provisionManagedNetwork"),
    "create endpoint": ("endpoint.create", r"PUT \S+/onlineEndpoints/[^/\s]+( |$)"),
    "upload assets": ("managed_network.provision", r"POST \S+/startPendingUpload"),
    "create online deployment": ("online_deployment.create", r"PUT \S+/deployments/blue"),
    "set traffic": ("endpoint.update", r"PUT \S+/deployments/blue PUT \S+/onlineEndpoints/"),
}
# Not provisionManagedNetwork: a network shows Inactive until it is Active, so asking again is how one joins in.
SENT_ONCE = (r"/resourceGroups/[^/]+$", r"/deployments/ml-", r"/onlineEndpoints/[^/]+/deployments/blue$")
CODE = "Microsoft.MachineLearningServices/workspaces/codes"


def kill_after(job: Job, prefect: RunningPrefect, request: str) -> None:
    """Start the lifecycle, and kill its process as soon as Azure has seen a request."""
    with job.process(prefect) as process:
        try:
            until(lambda: bool(re.search(request, " ".join(job.writes()))), request, process=process)
        finally:
            process.kill()


def looks(job: Job) -> int:
    """How often the job's resources were read."""
    mark = job.target.resource_group
    return sum(one["method"] == "GET" and mark in one["url"] for one in job.emulator.journal())


@pytest.mark.parametrize("step", STEPS)
def test_a_run_after_a_killed_one(job: Job, usual: Counter[str], prefect_server: RunningPrefect, step: str) -> None:
    """It waits for what the killed run began, sends nothing twice, and leaves as much as an undisturbed run does."""
    operation, request = STEPS[step]
    job.emulator.fault(action="stall", operation=operation, path=job.target.resource_group, times=-1)
    kill_after(job, prefect_server, request)
    seen = looks(job)
    with job.process(prefect_server) as again:
        try:
            until(lambda: looks(job) > seen + 5, "it to look", process=again)
            job.emulator.clear_faults()
            printed, _ = again.communicate(timeout=PATIENCE_SECONDS)
        finally:
            again.kill()
    assert printed.splitlines()[-1] == "Completed", printed[-3000:]
    assert job.kinds() == usual
    for sent in SENT_ONCE:
        assert len([one for one in job.writes() if re.search(sent, one)]) == 1, sent


def test_the_killed_run_itself_can_be_retried(job: Job, prefect_server: RunningPrefect) -> None:
    """Prefect still calls it Running; its retry keeps what was finished, and completes."""
    operation, request = STEPS["create online deployment"]
    job.emulator.fault(action="stall", operation=operation, path=job.target.resource_group)
    kill_after(job, prefect_server, request)
    job.emulator.clear_faults()
    title = FlowRunFilter(name=FlowRunFilterName(any_=[f"lifecycle {job.endpoint.name} @ {job.target.workspace}"]))
    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs(flow_run_filter=title)
    assert run.state_name == "Running"
    state = try_again(endpoint_lifecycle, run.id, job.parameters)
    assert state.is_completed(), state.message
    steps = {one.name: one.state for one in state.result().steps}
    assert [steps[name] for name in ("create workspace", "provision network", "create endpoint")] == ["kept"] * 3


def test_a_killed_teardown_is_gone_on_with(job: Job, prefect_server: RunningPrefect) -> None:
    """A deletion that nobody waits for any more is waited for by the next teardown, and sent once."""
    assert job.run().is_completed()
    job.emulator.fault(action="delay", operation="endpoint.delete", path=job.endpoint.name, seconds=0.5)
    assert job.tear_down(wait=False).is_completed()
    assert job.tear_down().is_completed()
    assert job.resources("onlineEndpoints") == {}
    assert len([one for one in job.writes() if one.startswith("DELETE")]) == 1


def test_two_runs_at_once(job: Job, usual: Counter[str], prefect_server: RunningPrefect) -> None:
    """Two lifecycles at the same time of an endpoint that is there complete, and double nothing but the code.

    The SDK gives code a random name unless it finds the same content, which neither does before the other is done.
    """
    assert job.run().is_completed()
    with job.process(prefect_server) as one, job.process(prefect_server) as other:
        try:
            ends = [process.communicate(timeout=110)[0] for process in (one, other)]
        finally:
            one.kill()
            other.kill()
    assert [printed.splitlines()[-1] for printed in ends] == ["Completed", "Completed"], ends
    assert {kind for kind, many in (job.kinds() - usual).items() if many} <= {CODE, f"{CODE}/versions"}
