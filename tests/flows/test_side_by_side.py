"""Steps that run side by side: none is lost, and their failures are told together."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from support.lifecycle.stage import Job


def report_of(job: Job) -> str:
    """The last version of the job's report."""
    key = ArtifactFilter(key=ArtifactFilterKey(any_=[f"lifecycle-{job.endpoint.name}"]))
    with get_client(sync_client=True) as client:
        return str(client.read_artifacts(artifact_filter=key)[-1].data)


def fail(job: Job, operation: str, words: str) -> None:
    """Let an operation on the job's resources end as failed."""
    job.emulator.fault(
        action="fail", operation=operation, path=job.target.workspace, code="InternalError", message=words
    )


def test_one_failure_does_not_stop_the_others(job: Job) -> None:
    """While the network fails, endpoint and upload come to their end; the report says what is done and what is not."""
    fail(job, "managed_network.provision", "the firewall did not start")
    state = job.run()
    assert state.is_failed()
    assert "the firewall did not start" in (state.message or "")
    assert job.resources("onlineEndpoints")[job.endpoint.name]["properties"]["provisioningState"] == "Succeeded"
    assert job.resources("models")
    report = report_of(job)
    assert "**FAILED**" in report
    assert "| provision network | failed |" in report
    assert "| create endpoint | done |" in report
    assert "| upload assets | done |" in report
    assert "online deployment" not in report.split("## Steps")[1].split("##")[0]


def test_two_failures_are_told_together(job: Job) -> None:
    """Both messages, each with its step and next action, stand in the run's state."""
    fail(job, "managed_network.provision", "the firewall did not start")
    fail(job, "endpoint.create", "no address was left")
    state = job.run()
    assert state.is_failed()
    message = state.message or ""
    for part in ("2 failures in this run", "- provision network: ", "the firewall did not start"):
        assert part in message
    for part in ("- create endpoint: ", "no address was left"):
        assert part in message


def test_after_a_failure_a_new_run_completes(job: Job) -> None:
    """What a failed run left behind is gone on with: nothing has to be removed first."""
    fail(job, "managed_network.provision", "the firewall did not start")
    fail(job, "endpoint.create", "no address was left")
    assert job.run().is_failed()
    again = job.run()
    assert again.is_completed(), again.message


def test_a_failed_scoring_call_still_brings_the_logs(job: Job) -> None:
    """When score.py fails on the request, the run fails with its words, and the report has the logs that explain it."""
    job.file("sample-request.json").write_text('{"data": [[1, 2]]}')
    state = job.run()
    assert state.is_failed()
    assert "model_error" in (state.message or "")
    report = report_of(job)
    assert "| invoke endpoint | failed |" in report
    assert "| fetch logs | done |" in report
    assert "| prove isolation | skipped |" in report
    assert "a row has 10 measurements, not 2" in report
