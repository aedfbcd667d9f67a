"""The remedy flow: nothing changes before a person approves, and afterwards the same diagnosis is healthy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final, cast
from uuid import UUID

import pytest
from azure_writes import written
from conftest import RunningEmulator
from diagnosis_stage import REQUEST, Stage, target_in
from management import Management
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.flow_runs import resume_flow_run

from flows.endpoint_remedy import endpoint_remedy
from tasks.domain.remedy import RemedyReport

pytestmark = pytest.mark.usefixtures("emulator")  # no faults before and after each test
_numbers = itertools.count()

ML, VAULTS = "2024-10-01-preview", "2023-07-01"
# scenario → the code of its root cause, and what one of the changes says
REMEDIES: Final = {
    "registry_connection_pending": ("SCORE-EGR-002", "Approved"),
    "storage_connection_pending": ("SCORE-EGR-003", "Approved"),
    "private_endpoint_pending": ("SCORE-PE-001", "Approved"),
    "vault_shuts_azure_out": ("SCORE-KV-001", "AzureServices"),
    "image_build_compute_unset": ("SCORE-REG-002", "image-builder"),
    "image_build_compute_gone": ("SCORE-REG-002", "image-builder"),
    "traffic_zero": ("SCORE-TRF-001", {"blue": 100}),
    "v1_legacy_mode": ("SCORE-WS-001", False),
}


class Remedy:
    """One run of the flow after another on one endpoint, by a Prefect deployment as a person starts it."""

    def __init__(self, stage: Stage, endpoint: str) -> None:
        self.stage = stage
        self.endpoint = endpoint
        self.parameters: dict[str, Any] = {
            "target": stage.target.model_dump(mode="json"),
            "endpoint": endpoint,
            "samples": {"requests": {"*": REQUEST}},
        }

    def start(self, **more: Any) -> tuple[UUID, State[Any]]:
        """A new run, as far as it comes by itself."""
        with get_client(sync_client=True) as client:
            flow_id = client.create_flow(endpoint_remedy)
            deployment_id = client.create_deployment(flow_id=flow_id, name="remedy")
            run = client.create_flow_run_from_deployment(deployment_id, parameters={**self.parameters, **more})
        return run.id, self.go_on(run)

    def go_on(self, run: FlowRun) -> State[Any]:
        """What a worker does with a scheduled run: it reads the parameters that the run was given."""
        parameters = endpoint_remedy.validate_parameters(run.parameters)
        try:
            state: State[Any] = run_flow(endpoint_remedy, flow_run=run, parameters=parameters, return_type="state")
        except Pause as suspended:  # the process would end here
            return cast("State[Any]", suspended.state)
        return state

    def decide(self, run_id: UUID, *, approve: bool) -> State[Any]:
        """Answer as the form does, and let the run go on."""
        resume_flow_run(run_id, run_input={"approve": approve, "decided_by": "Ada"})
        with get_client(sync_client=True) as client:
            return self.go_on(client.read_flow_run(run_id))

    def wrote(self) -> int:
        """How many writes the emulator has seen, Azure's own diagnosis aside, which changes nothing."""
        return len([one for one in written(self.stage.emulator, "management.azure.com") if "/diagnose" not in one])


@pytest.fixture
def remedy(emulator_process: RunningEmulator, prefect_server: object) -> Iterator[Remedy]:
    """A healthy endpoint, of the test's own."""
    name = f"remedy-{next(_numbers)}"
    shape = {"name": name, "group": f"rg-{name}", "endpoints": [{"name": f"{name}-e"}]}
    emulator_process.control("POST", "/seed", {"workspaces": [shape]})
    stage = Stage(emulator_process, Management(emulator_process), target_in(emulator_process, f"rg-{name}", name))
    yield Remedy(stage, f"{name}-e")
    emulator_process.clear_faults()


def play(remedy: Remedy, scenario: str) -> None:
    remedy.stage.emulator.control("POST", "/faults", {"scenario": scenario, "workspace": remedy.stage.path})


def report_of(state: State[Any]) -> RemedyReport:
    found = state.result()
    assert isinstance(found, RemedyReport)
    return found


@pytest.mark.parametrize("scenario", REMEDIES)
def test_refused_nothing_changes_and_approved_all_is_well(remedy: Remedy, scenario: str) -> None:
    """The plan names the root cause's remedy; a refusal writes nothing; an approval mends it, as a diagnosis shows."""
    code, after = REMEDIES[scenario]
    play(remedy, scenario)
    before = remedy.wrote()

    run_id, state = remedy.start()
    assert state.is_paused(), state
    state = remedy.decide(run_id, approve=False)
    refused = report_of(state)
    assert state.is_completed()
    assert (refused.outcome, refused.decided_by) == ("refused", "Ada")
    assert refused.plan.finding
    assert refused.plan.finding.code == code
    assert after in [one.after for one in refused.plan.changes]
    assert "nothing was changed" in str(state.message)
    assert remedy.wrote() == before

    run_id, state = remedy.start()
    assert state.is_paused(), state
    assert remedy.wrote() == before
    applied = report_of(remedy.decide(run_id, approve=True))
    assert (applied.outcome, applied.health, applied.next_cause) == ("applied", "healthy", None)
    assert remedy.stage.endpoint(remedy.endpoint).verdict.health == "healthy"

    _, state = remedy.start()
    assert report_of(state).outcome == "healthy"
