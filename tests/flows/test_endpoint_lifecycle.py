"""The whole guide in one flow."""

from __future__ import annotations

from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import State
from support.lifecycle.stage import Job

from flows.endpoint_lifecycle import endpoint_lifecycle
from tasks.domain.lifecycle.report import LifecycleReport

Done = tuple[Job, State[Any]]


def artifacts(key: str) -> list[Any]:
    """Every version of an artifact."""
    with get_client(sync_client=True) as client:
        return client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))


@pytest.fixture(scope="module")
def report(done: Done) -> LifecycleReport:
    _, state = done
    assert state.is_completed(), state.message
    found: LifecycleReport = state.result()
    return found


def test_everything_is_there(done: Done, report: LifecycleReport) -> None:
    """Workspace with an active network, endpoint and online deployment exist, ours, isolated and with traffic."""
    job, _ = done
    workspace = job.resources()[job.target.workspace]
    endpoint = job.resources("onlineEndpoints")[job.endpoint.name]
    assert workspace["properties"]["managedNetwork"]["status"]["status"] == "Active"
    assert workspace["properties"]["managedNetwork"]["isolationMode"] == "AllowOnlyApprovedOutbound"
    assert endpoint["properties"]["publicNetworkAccess"] == "Disabled"
    assert endpoint["properties"]["traffic"] == {"blue": 100}
    for made in (workspace, endpoint, job.resources("onlineEndpoints")["blue"]):
        assert made["tags"]["managed-by"] == "azureml-endpoint-ops"
        assert made["properties"]["provisioningState"] == "Succeeded"


def test_the_report_tells_what_was_made(done: Done, report: LifecycleReport) -> None:
    """The artifact names each resource's id, each step with its time, the answer and the proof."""
    job, _ = done
    (artifact,) = artifacts(f"lifecycle-{job.endpoint.name}")
    steps = {step.name: step for step in report.steps}
    assert {step.state for step in report.steps} == {"done"}
    assert steps["create workspace"].seconds > 0.1
    assert sum(step.seconds for step in report.steps) > report.seconds * 0.5
    for part in (
        job.target.workspace_id,
        job.target.online_deployment_id(job.endpoint.name, "blue"),
        "provision network",
    ):
        assert part in artifact.data
    assert "| blue | 100 |" in artifact.data
    assert report.answer
    assert report.answer.body in artifact.data


def test_the_isolation_is_proven_from_both_sides(done: Done, report: LifecycleReport) -> None:
    """A dated artifact says that scoring worked inside, was refused outside, and that public access is off."""
    job, _ = done
    (artifact,) = artifacts(f"isolation-proof-{job.endpoint.name}")
    assert report.proof
    assert report.proof.verdict == "pass"
    assert report.proof.made_at.isoformat(timespec="seconds") in artifact.data
    assert artifact.data.count("| PASS |") == 3


def test_both_logs_are_shown(report: LifecycleReport) -> None:
    """What the model's server and the files' container wrote is in the report."""
    assert "POST /score 200" in report.logs["inference-server"]
    assert "model" in report.logs["storage-initializer"].lower()


def test_run_and_steps_have_titles(done: Done) -> None:
    """The Prefect UI shows what each run works on."""
    job, state = done
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(state.state_details.flow_run_id)
    assert run.name == f"lifecycle {job.endpoint.name} @ {job.target.workspace}"


def test_only_the_online_deployment_waits_for_the_network(done: Done) -> None:
    """Endpoint, model, code and private access are made before the network is active, the online deployment after."""
    job, _ = done
    here = [one for one in job.emulator.journal() if f"/{job.target.workspace}" in one["url"]]
    active = next(index for index, one in enumerate(here) if _is_active(one))
    sent = [(one["method"], one["url"].split("?")[0].split(f"/{job.target.workspace}/")[-1]) for one in here]
    assert sent.index(("PUT", f"onlineEndpoints/{job.endpoint.name}")) < active
    assert sent.index(("PUT", f"onlineEndpoints/{job.endpoint.name}/deployments/blue")) > active
    assert next(index for index, (method, path) in enumerate(sent) if method == "POST" and "codes/" in path) < active
    writes = job.writes()
    group = next(index for index, one in enumerate(writes) if one.endswith("/privateDnsZoneGroups/default"))
    assert group < next(index for index, one in enumerate(writes) if one.endswith("/deployments/blue"))


def _is_active(exchange: dict[str, Any]) -> bool:
    body = exchange["response"]
    network = (body.get("properties") or {}).get("managedNetwork") if isinstance(body, dict) else None
    return bool(network) and network["status"]["status"] == "Active"


def test_a_second_run_changes_nothing(done: Done) -> None:
    """Everything is as asked for: the second run sends no write, and scores and proves again."""
    job, _ = done
    before = len(job.writes())
    again = job.run()
    assert again.is_completed(), again.message
    assert job.writes()[before:] == []
    assert len(artifacts(f"isolation-proof-{job.endpoint.name}")) == 2


def test_the_form_tells_what_each_field_means() -> None:
    """Every parameter has a description, choices are lists, and names carry their pattern."""
    schema = endpoint_lifecycle.parameters.model_dump()
    assert all(field.get("description") for field in schema["properties"].values()), schema["properties"]
    for name in ("AzureWorkspace", "WorkspaceSpec", "EndpointSpec", "OnlineDeploymentSpec"):
        fields = schema["definitions"][name]["properties"]
        assert all(field.get("description") for field in fields.values()), (name, fields)
    endpoint = schema["definitions"]["EndpointSpec"]["properties"]
    assert endpoint["public_network_access"]["enum"] == ["disabled", "enabled"]
    assert endpoint["name"]["pattern"]
