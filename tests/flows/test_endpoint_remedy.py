"""The remedy flow: nothing changes before a person approves, and afterwards the same diagnosis is healthy."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import FlowPauseTimeout, Pause
from prefect.flow_engine import run_flow
from prefect.flow_runs import resume_flow_run
from support.diagnostics.stage import REQUEST, Stage, target_in
from support.emulator.azure_writes import written
from support.emulator.identities import identity_with, spare_in
from support.emulator.management import Management
from support.emulator.private_access import private_access_in
from support.emulator.running import RunningEmulator

from flows.common.approval import decision_on
from flows.endpoint_remedy import endpoint_remedy
from tasks.clients.connect import connect
from tasks.domain.common.errors import Conflict, WaitTimedOut
from tasks.domain.remedy.plan import Change, RemedyPlan, RemedyReport
from tasks.domain.remedy.planners import BYPASS
from tasks.domain.remedy.text import proposal_of

pytestmark = pytest.mark.usefixtures("emulator")  # no faults before and after each test
_numbers = itertools.count()

NETWORK: Final = "virtualNetworks/callers"
SUBNET: Final = f"{NETWORK}/subnets/default"
# scenario → the code of its root cause, and what one of the changes says
REMEDIES: Final = {
    "registry_connection_pending": ("SCORE-EGR-002", "Approved"),
    "storage_connection_pending": ("SCORE-EGR-003", "Approved"),
    "private_endpoint_pending": ("SCORE-PE-001", "Approved"),
    "private_endpoint_deleted": ("SCORE-PE-001", SUBNET),
    "private_endpoint_is_old": ("SCORE-PE-002", SUBNET),
    "record_missing": ("SCORE-DNS-003", None),
    "record_outdated": ("SCORE-DNS-003", None),
    "zone_not_linked": ("SCORE-DNS-004", NETWORK),
    "vault_shuts_azure_out": ("SCORE-KV-001", "AzureServices"),
    "image_build_compute_unset": ("SCORE-REG-002", "image-builder"),
    "image_build_compute_gone": ("SCORE-REG-002", "image-builder"),
    "traffic_zero": ("SCORE-TRF-001", {"blue": 100}),
    "v1_legacy_mode": ("SCORE-WS-001", False),
}


# The actions that runs needed, by the custom role that gives them.
NEEDED: Final[dict[str, set[str]]] = {"remedy.json": set(), "remedy-network.json": set()}
ENOUGH = 25  # actions, which one remedy alone does not need


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
    endpoint = {"name": f"{name}-e", "deployments": ["blue", "green"]}
    shape = {"name": name, "group": f"rg-{name}", "endpoints": [endpoint]}
    emulator_process.control("POST", "/seed", {"workspaces": [shape]})
    stage = Stage(emulator_process, Management(emulator_process), target_in(emulator_process, f"rg-{name}", name))
    roles = {f"rg-{name}": "remedy.json", "network": "remedy-network.json"}
    identity = identity_with(emulator_process, roles)
    with identity.acting():  # the flow gets no other rights than these
        yield Remedy(stage, f"{name}-e")
    emulator_process.clear_faults()
    NEEDED["remedy.json"] |= identity.used(f"rg-{name}")
    NEEDED["remedy-network.json"] |= identity.used("network")


def play(remedy: Remedy, scenario: str) -> None:
    remedy.stage.emulator.control("POST", "/faults", {"scenario": scenario, "workspace": remedy.stage.path})


def report_of(state: State[Any]) -> RemedyReport:
    found = state.result()
    assert isinstance(found, RemedyReport)
    return found


def says(after: Any, expected: Any) -> bool:
    """Whether a change's value is the expected one; ids by their end, and records by holding addresses."""
    if expected is None:
        return isinstance(after, list) and all(one["ipv4Address"].startswith("10.20.") for one in after)
    if isinstance(expected, str) and "/" in expected:
        return str(after).endswith(expected)
    return bool(after == expected)


@pytest.mark.parametrize("scenario", REMEDIES)
def test_refused_nothing_changes_and_approved_all_is_well(remedy: Remedy, scenario: str) -> None:
    """The plan names the root cause's remedy; a refusal writes nothing; an approval mends it, as a diagnosis shows."""
    code, after = REMEDIES[scenario]
    play(remedy, scenario)
    before = remedy.wrote()

    chosen = {"remedy": {"private_access": private_access_in(remedy.stage.emulator.subscription).model_dump()}}
    run_id, state = remedy.start(**chosen)
    assert state.is_paused(), state
    state = remedy.decide(run_id, approve=False)
    refused = report_of(state)
    assert state.is_completed()
    assert (refused.outcome, refused.decided_by) == ("refused", "Ada")
    assert refused.plan.finding
    assert refused.plan.finding.code == code
    assert any(says(one.after, after) for one in refused.plan.changes)
    assert "nothing was changed" in str(state.message)
    assert remedy.wrote() == before

    run_id, state = remedy.start(**chosen)
    assert state.is_paused(), state
    assert remedy.wrote() == before
    applied = report_of(remedy.decide(run_id, approve=True))
    assert (applied.outcome, applied.health, applied.next_cause) == ("applied", "healthy", None)
    assert remedy.stage.endpoint(remedy.endpoint).verdict.health == "healthy"

    _, state = remedy.start()
    assert report_of(state).outcome == "healthy"


def test_what_changed_after_the_plan_is_not_overwritten(remedy: Remedy) -> None:
    """Somebody else was faster: the run fails, says what it found, and changes nothing."""
    play(remedy, "traffic_zero")
    run_id, _ = remedy.start()
    with connect(remedy.stage.target) as azure:
        azure.endpoints.set_traffic(remedy.endpoint, {"green": 100})
    before = remedy.wrote()
    state = remedy.decide(run_id, approve=True)
    assert state.is_failed()
    with pytest.raises(Conflict, match="when this was planned"):
        state.result()
    assert remedy.wrote() == before


def test_an_answer_that_comes_too_late_changes_nothing(remedy: Remedy) -> None:
    """Prefect ends the run instead of letting it go on."""
    play(remedy, "vault_shuts_azure_out")
    before = remedy.wrote()
    run_id, state = remedy.start()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with get_client(sync_client=True) as client:
        late = state.model_copy(
            update={"state_details": state.state_details.model_copy(update={"pause_timeout": yesterday})}
        )
        client.set_flow_run_state(run_id, late, force=True)
        with contextlib.suppress(FlowPauseTimeout):
            resume_flow_run(run_id, run_input={"approve": True, "decided_by": "Ada"})
        ended = client.read_flow_run(run_id).state
    assert ended
    assert ended.is_failed()
    assert str(ended.message).endswith("never resumed.")
    assert remedy.wrote() == before


def test_nobody_answers_a_run_that_waits(remedy: Remedy) -> None:
    """A run without a deployment waits where it is; its log tells what it would have done."""
    plan = RemedyPlan(endpoint="churn", health="degraded", summary="Open the vault.", changes=(change(),))

    @flow
    def waiting() -> None:
        with pytest.raises(WaitTimedOut, match=r"nothing was changed\. The plan was: Open the vault"):
            decision_on(proposal_of(plan), 1 / 60)

    state: State[Any] = waiting(return_state=True)
    assert state.is_failed()
    assert str(state.message).endswith("never resumed.")


def change() -> Change:
    return Change(resource="/vaults/kv", what="key vault kv", path=BYPASS, before="None", after="AzureServices")


def test_there_is_no_safe_remedy(remedy: Remedy) -> None:
    """The run ends with what a person can do, and asks nobody."""
    play(remedy, "private_endpoint_deleted")
    before = remedy.wrote()
    _, state = remedy.start()
    report = report_of(state)
    assert state.is_completed()
    assert report.outcome == "by_hand"
    assert report.plan.finding
    assert report.plan.finding.code == "SCORE-PE-001"
    assert "private_access.subnet" in report.plan.summary
    assert remedy.wrote() == before


def test_a_finding_that_is_not_the_root_cause_can_be_asked_for(remedy: Remedy) -> None:
    """Both are remedied one after the other; the first report names what is left."""
    play(remedy, "traffic_zero")
    play(remedy, "vault_shuts_azure_out")
    run_id, _ = remedy.start(remedy={"code": "SCORE-KV-001"})
    report = report_of(remedy.decide(run_id, approve=True))
    assert report.plan.finding
    assert report.plan.finding.code == "SCORE-KV-001"
    assert report.outcome == "applied"
    assert report.health == "unhealthy"
    assert report.next_cause
    assert report.next_cause.code == "SCORE-TRF-001"
    run_id, _ = remedy.start()
    assert report_of(remedy.decide(run_id, approve=True)).health == "healthy"


def test_its_roles_have_no_spare_action() -> None:
    """Every action of them is needed by some remedy, or by an endpoint of another kind than these tests have."""
    if len(NEEDED["remedy.json"]) < ENOUGH:
        pytest.skip("most of the remedies were not applied")
    other_kinds = {
        "microsoft.kubernetesconfiguration/extensions/read",
        "microsoft.machinelearningservices/workspaces/onlineendpoints/listkeys/action",
        "microsoft.machinelearningservices/workspaces/onlineendpoints/token/action",
        "microsoft.managedidentity/userassignedidentities/assign/action",
    }
    new_zones = {"microsoft.network/privatednszones/read", "microsoft.network/privatednszones/write"}
    assert spare_in("remedy.json", NEEDED["remedy.json"]) <= other_kinds
    assert spare_in("remedy-network.json", NEEDED["remedy-network.json"]) <= new_zones
