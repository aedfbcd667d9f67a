"""What heals by itself on the local stack: a redeployment that is killed, and an endpoint that is sick."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.local_stack import LocalStack
from support.waiting import until

pytestmark = pytest.mark.timeout(240)  # the first of them waits for the stack

ENDPOINT = "diabetes-demo"
REDEPLOY, RECOVER = f"redeploy {ENDPOINT} @ ml-demo", "recover rollouts @ ml-demo"
DIAGNOSE, OF_ONE = "scoring-diagnostics/diagnostics", f"diagnostics endpoint {ENDPOINT} in rg-endpoints/ml-demo"
HALF_WAY = {"steps": [50, 100], "bake_seconds": 600, "colors": ["left", "right"]}


@pytest.fixture
def unscheduled(local_stack: LocalStack) -> Iterator[LocalStack]:
    """The stack without the quarter-hourly recovery, which would at times come first."""
    recover = f"/deployments/{local_stack.deployment('rollout-recovery/recover')['id']}"
    local_stack.ask("POST", f"{recover}/pause_deployment")
    yield local_stack
    local_stack.ask("POST", f"{recover}/resume_deployment")


def test_a_killed_rollout_is_taken_back_by_itself(unscheduled: LocalStack) -> None:
    """Killed at 50 percent, its crash starts the recovery of the same endpoint: traffic as before, no note, no page."""
    stack = unscheduled
    before, recoveries = traffic(stack), len(stack.runs(RECOVER))
    run = stack.run("endpoint-redeploy/redeploy", endpoint=ENDPOINT, strategy=HALF_WAY)
    until(lambda: traffic(stack).get("left") == 50, "half of the traffic to go over")
    next(processes_of(run["id"])).kill()
    assert stack.ended_by_id(run["id"])["state_name"] == "Crashed"
    recovery = stack.ended(RECOVER, recoveries)
    assert recovery["state_name"] == "Completed", recovery["state"]["message"]
    assert recovery["parameters"] == {
        "target": run["parameters"]["target"],
        "requests": run["parameters"]["requests"],
        "endpoint": ENDPOINT,
    }
    assert f"left was rolled back: its flow run {run['id']} has ended" in recovery["state"]["message"]
    assert {name: share for name, share in traffic(stack).items() if share} == before
    assert not [name for name in endpoint(stack.emulator, stack.workspace_id)["tags"] if "rollout" in name]
    assert "The previous traffic is restored" in stack.artifact(f"rollout-{ENDPOINT}")["data"]
    assert stack.paged(f"{REDEPLOY}: Crashed")
    assert not [one for one in stack.pages() if one["subject"].startswith(RECOVER)]


@pytest.fixture
def healing(local_stack: LocalStack) -> Iterator[LocalStack]:
    """The stack of a team that lets unhealthy endpoints be redeployed."""
    done = local_stack.apply(ENDPOINT_OPS_REDEPLOY_ON_UNHEALTHY="true")
    assert done.returncode == 0, done.stderr
    local_stack.prefer("endpoint-redeploy/redeploy", strategy={"bake_seconds": 0, "probes": 10})
    local_stack.prefer(DIAGNOSE, second_look_seconds=0)
    yield local_stack
    assert local_stack.apply().returncode == 0


def test_a_sick_endpoint_gets_fresh_instances_by_itself(healing: LocalStack) -> None:
    """Its model fails: the diagnostics tell, a redeployment of the same again starts, and afterwards all is well."""
    stack, before = healing, len(healing.runs(REDEPLOY))
    looked = len(stack.runs(OF_ONE))
    fails = {"status": 424, "headers": {"ms-azureml-model-error-statuscode": "500"}}
    stack.emulator.fault(action="fail", host=f"^{ENDPOINT}[.]", path="/score$", times=-1, **fails)
    stack.run(DIAGNOSE, scope={"look_at": "workspace", "endpoint": ENDPOINT})
    until(lambda: len(stack.runs(REDEPLOY)) > before, "a redeployment to start")
    stack.emulator.clear_faults()
    run = stack.ended(REDEPLOY, before)
    assert run["state_name"] == "Completed", run["state"]["message"]
    assert run["parameters"]["endpoint"] == ENDPOINT
    assert "serves the current version" in run["state"]["message"]
    assert stack.ended(OF_ONE, looked + 1)["state_name"] == "Completed"
    assert stack.paged(f"{ENDPOINT} @ ml-demo is unhealthy")
    assert stack.paged(f"{ENDPOINT} @ ml-demo has recovered")


def endpoint(emulator: RunningEmulator, workspace_id: str) -> dict[str, Any]:
    """The endpoint as Azure shows it."""
    found: dict[str, Any] = Management(emulator).ask("GET", f"{workspace_id}/onlineEndpoints/{ENDPOINT}").json()
    return found


def traffic(stack: LocalStack) -> dict[str, int]:
    """Who has how much of it."""
    found: dict[str, int] = endpoint(stack.emulator, stack.workspace_id)["properties"]["traffic"]
    return found


def processes_of(run: str) -> Iterator[psutil.Process]:
    """The processes that carry out a flow run."""
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if one.environ().get("PREFECT__FLOW_RUN_ID") == run:
                yield one
