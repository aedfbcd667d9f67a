"""A failed run goes on from the step that failed, and trusts only what still holds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import State
from support.emulator.management import Management
from support.lifecycle.stage import Job
from support.prefect.flows import try_again

from flows.endpoint_lifecycle import endpoint_lifecycle
from tasks.domain.lifecycle.report import LifecycleReport

KEPT = ("create workspace", "provision network", "create endpoint")


def failing(job: Job, **fault: Any) -> State[Any]:
    """Run a job that a fault makes fail; the fault is gone afterwards."""
    job.emulator.fault(**fault)
    state = job.run()
    assert state.is_failed(), state
    job.emulator.clear_faults()
    return state


def retried(job: Job, failed: State[Any]) -> LifecycleReport:
    """Retry the same run, which must complete."""
    run_id = failed.state_details.flow_run_id
    assert isinstance(run_id, UUID)
    state = try_again(endpoint_lifecycle, run_id, job.parameters)
    assert state.is_completed(), state.message
    report: LifecycleReport = state.result()
    return report


@pytest.fixture
def quota(job: Job) -> State[Any]:
    """A run whose online deployment failed for want of quota."""
    return failing(
        job,
        action="fail",
        operation="online_deployment.*",
        path=job.endpoint.name,
        code="OutOfQuota",
        message="Not enough quota available for Standard_DS3_v2.",
    )


def states_of(report: LifecycleReport) -> dict[str, str]:
    return {step.name: step.state for step in report.steps}


def test_the_failure_is_readable(job: Job, quota: State[Any]) -> None:
    """The run's own message has the error's kind, Azure's words and code, and the next action."""
    for part in ("QuotaExceeded", "Not enough quota available for Standard_DS3_v2", "OutOfQuota", "Next: "):
        assert part in (quota.message or "")


def test_a_retry_goes_on_from_the_failed_step(job: Job, quota: State[Any]) -> None:
    """What was finished is kept; only the online deployment, and what comes after it, is done."""
    before = job.writes()
    states = states_of(retried(job, quota))
    assert [states[name] for name in KEPT] == ["kept"] * 3
    assert states["create online deployment"] == "done"
    new = [one.rsplit("/", 2)[-2:] for one in job.writes()[len(before) :]]
    # Azure refuses to update what never ran, so it is deleted and created anew.
    assert new == [["deployments", "blue"]] * 3 + [["onlineEndpoints", job.endpoint.name]]


def test_the_ui_shows_cached_steps(job: Job, quota: State[Any]) -> None:
    """In Prefect the kept steps are Cached, in the same run."""
    retried(job, quota)
    with get_client(sync_client=True) as client:
        only = FlowRunFilter(id=FlowRunFilterId(any_=[quota.state_details.flow_run_id]))
        runs = client.read_flow_runs(flow_run_filter=only)
    assert [run.run_count for run in runs] == [2]
    assert runs[0].state_name == "Completed"


def test_what_is_gone_is_made_again(job: Job, quota: State[Any]) -> None:
    """An endpoint that somebody removed in between is no kept result."""
    job.tear_down()
    states = states_of(retried(job, quota))
    assert states["create workspace"] == "kept"
    assert states["create endpoint"] == "done"
    assert job.resources("onlineEndpoints")[job.endpoint.name]["properties"]["traffic"] == {"blue": 100}


def test_nothing_is_trusted_when_the_group_is_gone(job: Job, quota: State[Any]) -> None:
    """After the whole group was removed, the retry makes everything anew."""
    job.tear_down(scope="resource_group", purge=True)
    states = states_of(retried(job, quota))
    assert [states[name] for name in KEPT] == ["done"] * 3


def test_a_corrected_script_is_uploaded(job: Job) -> None:
    """A run that failed on score.py, retried after a person corrected it, serves the corrected one."""
    script = job.file("code/score.py")
    good = script.read_text()
    script.write_text(good.replace("def init() -> None:", "def init() -> None:\n    raise RuntimeError('no weights')"))
    failed = job.run()
    assert failed.is_failed()
    assert "no weights" in (failed.message or "")
    script.write_text(good)
    report = retried(job, failed)
    assert states_of(report)["create endpoint"] == "kept"
    assert report.answer
    assert report.answer.is_ok


def test_traffic_is_looked_at_again(job: Job) -> None:
    """A retry after a failed scoring call finds traffic that somebody took away, and sets it."""
    failed = failing(job, action="fail", host=job.endpoint.name, path="score", status=424, code="x", times=-1)
    path = job.target.endpoint_id(job.endpoint.name)
    management = Management(job.emulator)
    endpoint = management.ask("GET", path, version="2022-02-01-preview").json()
    endpoint["properties"]["traffic"] = {}
    management.ask("PUT", path, endpoint, version="2022-02-01-preview").raise_for_status()
    report = retried(job, failed)
    assert report.traffic == {"blue": 100}
