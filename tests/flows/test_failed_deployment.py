"""An online deployment fails in Azure's real form, without a code: the run says why, and the next one mends it."""

from __future__ import annotations

from support.emulator.management import Management
from support.lifecycle.stage import Job

CRASHES = 'def init():\n    raise RuntimeError("no such weights")\n\n\ndef run(data):\n    return data\n'
SENTENCE = (
    "ResourceNotReady: User container has crashed or terminated: Liveness probe failed: HTTP probe failed with "
    "statuscode: 502. Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-resourcenotready"
)
DENIED = (
    "User is not authorized to access provided resources due to none of the workspaces/registries are accessible from "
    "outside of the designated private link.."
)


def message_of(job: Job) -> str:
    """The message of a run that has to fail."""
    state = job.run()
    assert state.is_failed(), state
    return state.message or ""


def test_a_script_that_crashes_is_told_from_its_log_and_can_be_mended(job: Job) -> None:
    """Azure's sentence is there once, with the reason from the log; the mended script replaces what never ran."""
    script = job.file("code/score.py")
    good = script.read_text()
    script.write_text(CRASHES)
    message = message_of(job)
    assert message.count(SENTENCE) == 1
    assert "RuntimeError: no such weights" in message
    assert "Next: Read the logs of both containers" in message
    script.write_text(good)
    state = job.run()
    assert state.is_completed(), state.message
    blue = Management(job.emulator).get(job.target.online_deployment_id(job.endpoint.name, "blue"), "2024-10-01")
    assert blue["properties"]["provisioningState"] == "Succeeded"


def test_a_failure_without_a_code_is_known_by_its_message(job: Job) -> None:
    """Out of memory is no quota, although its message begins like one; a command in the hint has the real names."""
    said = "2026-11-27T10:00:00Z OutOfQuota: Container terminated due to insufficient memory."
    fault = {"operation": "online_deployment.create", "path": job.endpoint.name}
    job.emulator.fault(action="fail", code="", message=said, **fault)
    message = message_of(job)
    assert said in message
    assert "instance_type with more memory" in message
    assert "Request more quota" not in message
    pull = "Endpoint identity does not have pull permission on the registry."
    job.emulator.fault(action="fail", code="BadArgument", message=pull, **fault)
    names = f"--name {job.endpoint.name} --workspace-name {job.target.workspace} --resource-group"
    assert f"az ml online-endpoint show {names} {job.target.resource_group}" in message_of(job)


def test_a_denial_from_outside_the_private_link_is_no_matter_of_signing_in(job: Job) -> None:
    """Azure answers 401; the run says from where to call, or what to check."""
    path = f"/{job.target.workspace}/(codes|models|environments)"
    job.emulator.fault(action="fail", path=path, status=401, code="UserError", message=DENIED, times=-1)
    message = message_of(job)
    assert message.count(DENIED) == 1
    assert "Call from inside the workspace's virtual network" in message
    assert "Sign in" not in message
