"""The work of an operator, in the Prefect UI against the local stack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from support.emulator.management import Management
from support.local_stack import LocalStack
from support.prefect.ui import PrefectUi
from support.waiting import until

pytestmark = pytest.mark.timeout(240)  # the first of them waits for the stack

MODELS = "2023-08-01-preview"
OF_ONE = "diagnostics endpoint diabetes-demo in rg-endpoints/ml-demo"
LIFECYCLE = "endpoint-lifecycle/lifecycle"
NAME = 0  # the endpoint's name is the form's first field of that title


@pytest.fixture
def served(ui: PrefectUi) -> str:
    """An endpoint that the lifecycle made from its form."""
    name = "from-the-form"
    if name not in ui.stack.endpoints():
        ui.open_form(LIFECYCLE)
        ui.field("Name", NAME).fill(name)
        ui.picture("lifecycle-form")
        ui.submit()
        assert ui.stack.ended(f"lifecycle {name} @ ml-demo")["state_name"] == "Completed"
    return name


def test_a_form_refuses_what_cannot_work(ui: PrefectUi) -> None:
    """A bad name starts no run: the field says why, and its description what a good one is."""
    before = ui.stack.runs_of(LIFECYCLE)
    ui.open_form(LIFECYCLE)
    ui.field("Name", NAME).fill("9 bad name")
    ui.page.get_by_role("button", name="Submit").click()
    expect(ui.page.get_by_text("'9 bad name' does not match").first).to_be_visible()
    expect(ui.page.get_by_text("3 to 32 letters, digits and single dashes").first).to_be_visible()
    ui.picture("form-refused")
    assert ui.stack.runs_of(LIFECYCLE) == before


def test_the_lifecycle_runs_from_its_form(ui: PrefectUi, served: str) -> None:
    """The run completes under a name that says what and where, and its report opens."""
    run = ui.stack.runs(f"lifecycle {served} @ ml-demo")[0]
    ui.open_run(run, "Artifacts")
    expect(ui.page.get_by_text("Completed").first).to_be_visible()
    expect(ui.page.get_by_text(f"lifecycle-{served}", exact=True)).to_be_visible()
    ui.picture("lifecycle-run")
    report = ui.open_artifact(f"lifecycle-{served}")
    expect(report.get_by_text("Completed").first).to_be_visible()
    expect(report.get_by_text("A scoring call from the internet was refused with HTTP 403").first).to_be_visible()
    ui.picture("lifecycle-report")


def test_a_teardown_asks_first(ui: PrefectUi, served: str) -> None:
    """The run shows its plan and tells somebody; refused, nothing is removed; approved, it is gone."""
    name = f"teardown endpoint {served} @ ml-demo"
    for approve in (False, True):
        before = len(ui.stack.runs(name))
        ui.open_form("endpoint-teardown/teardown")
        ui.field("Endpoint").fill(served)
        ui.submit()
        run = ui.stack.in_state(name, "Suspended")
        assert ui.stack.paged(f"{name} waits for your approval")
        ui.open_run(run)
        ui.decide("It removes only", approve=approve)
        ended = ui.stack.ended(name, before)
        assert ended["state_name"] == "Completed"
        assert ("Rejected by Ada" in ended["state"]["message"]) is not approve
        assert (served in ui.stack.endpoints()) is not approve


@pytest.fixture
def unlinked(local_stack: LocalStack) -> Iterator[None]:
    """The private zone is not linked to the callers' network."""
    scenario = {"scenario": "zone_not_linked", "workspace": local_stack.workspace_id}
    local_stack.emulator.control("POST", "/faults", scenario)
    yield
    local_stack.emulator.control("POST", "/faults", {**scenario, "undo": True})


@pytest.mark.usefixtures("unlinked")
def test_the_diagnostics_name_cause_and_fix(ui: PrefectUi) -> None:
    """The run ends as Unhealthy, its page has the cause and the command that mends it, and somebody is paged."""
    before = len(ui.stack.runs(OF_ONE))
    ui.open_form("scoring-diagnostics/diagnostics")
    ui.field("Only one endpoint").fill("diabetes-demo")
    ui.submit()
    ended = ui.stack.ended(OF_ONE, before)
    assert ended["state_name"] == "Unhealthy"
    assert "SCORE-DNS-004" in ended["state"]["message"]
    (key,) = [one["key"] for one in _artifacts(ui.stack, ended) if one["type"] == "markdown"]
    page = ui.open_artifact(key)
    expect(page.get_by_text("SCORE-DNS-004").first).to_be_visible()
    expect(page.get_by_text("az network private-dns link vnet create").first).to_be_visible()
    ui.picture("diagnostics-report")
    assert "SCORE-DNS-004" in ui.stack.paged("diabetes-demo @ ml-demo is unhealthy")["subject"]
    assert not [one for one in ui.stack.pages() if one["subject"].startswith(f"{OF_ONE}: ")]


def test_a_registered_model_is_rolled_out_by_itself(ui: PrefectUi) -> None:
    """The event starts the redeployment with typed parameters; after it the endpoint is diagnosed, unasked."""
    stack = ui.stack
    before = len(stack.runs(OF_ONE))
    model, version = _newer_model(stack)
    stack.ask("POST", "/events", [_registered(stack, model, version)])
    run = stack.ended("redeploy diabetes-demo @ ml-demo")
    assert run["parameters"]["revision"] == {"kind": "model", "model": model, "model_version": version}
    assert run["state_name"] == "Completed", run["state"]["message"]
    assert "as scoring calls verified" in run["state"]["message"]
    (event, *_) = until(lambda: stack.events("azureml.rollout.promoted"), "the event of the promotion")
    assert {"azureml-workspace", "flow-run", "deployment"} <= {one["prefect.resource.role"] for one in event["related"]}
    ui.go(f"/events/event/{event['occurred'][:10]}/{event['id']}")  # the feed itself ends with the last whole minute
    expect(ui.page.get_by_text("azureml.rollout.promoted").first).to_be_visible()
    ui.picture("rollout-event")
    after = stack.ended(OF_ONE, before)
    assert after["state_name"] == "Completed"
    report = ui.open_artifact("rollout-diabetes-demo")
    expect(report.get_by_text("promoted").first).to_be_visible()
    ui.picture("rollout-report")


def test_a_cancelled_run_says_what_is_left(ui: PrefectUi) -> None:
    """It stops waiting at once; its report says what goes on in Azure and how to finish or remove it."""
    ui.stack.emulator.fault(action="delay", operation="online_deployment.*", path="cancelled-here", seconds=30)
    ui.open_form(LIFECYCLE)
    ui.field("Name", NAME).fill("cancelled-here")
    ui.submit()
    until(lambda: ui.stack.under_way("cancelled-here", "online_deployment.create"), "the deployment to begin")
    ui.open_run(ui.stack.runs("lifecycle cancelled-here @ ml-demo")[0])
    ui.choose("Cancel")
    ui.page.get_by_role("alertdialog").get_by_role("button", name="Cancel Flow Run").click()
    ended = ui.stack.ended("lifecycle cancelled-here @ ml-demo")
    assert ended["state_name"] == "Cancelled"
    report = ui.open_artifact("lifecycle-cancelled-here")
    expect(report.get_by_text("Still running in Azure: create online deployment").first).to_be_visible()
    ui.picture("cancelled-report")


def _artifacts(stack: LocalStack, run: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.ask(
        "POST", "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}}
    )
    return found


def _newer_model(stack: LocalStack) -> tuple[str, str]:
    """Name and version of a registered version of what the sample endpoint serves, one newer than that."""
    path = f"{stack.workspace_id}/onlineEndpoints/diabetes-demo/deployments/"
    live = next(one for one in stack.emulator.resources() if one["id"].lower().startswith(path.lower()))
    versions, _, version = str(live["properties"]["model"]).rpartition("/")
    management, newer = Management(stack.emulator), str(int(version) + 1)
    made = management.ask("GET", f"{versions}/{version}", version=MODELS).json()
    management.ask("PUT", f"{versions}/{newer}", {"properties": made["properties"]}, version=MODELS).raise_for_status()
    return versions.split("/")[-2], newer


def _registered(stack: LocalStack, model: str, version: str) -> dict[str, Any]:
    """The event of a registered model version that the gates have let through."""
    return {
        "occurred": datetime.now(UTC).isoformat(),
        "event": "azureml.model.registered",
        "id": str(uuid4()),
        "resource": {
            "prefect.resource.id": f"azureml.model{stack.workspace_id.lower()}/models/{model}",
            "azureml.workspace": "ml-demo",
            "azureml.admitted": "true",
        },
        "payload": {"endpoint": "diabetes-demo", "model": model, "version": version},
    }
