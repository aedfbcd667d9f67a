"""What becomes by itself of a redeployment that is killed, on the local stack."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from conftest import RunningEmulator
from local_stack import LocalStack, until
from management import Management

pytestmark = pytest.mark.timeout(240)  # the first of them waits for the stack

ENDPOINT = "diabetes-demo"
REDEPLOY, RECOVER = f"redeploy {ENDPOINT} @ ml-demo", "recover rollouts @ ml-demo"
HALF_WAY = {"steps": [50, 100], "bake_seconds": 600, "colors": ["left", "right"]}


def test_a_killed_rollout_is_taken_back_by_itself(local_stack: LocalStack) -> None:
    """Killed at 50 percent, its crash starts the recovery of the same endpoint: traffic as before, no note, no page."""
    stack = local_stack
    before, recoveries = traffic(stack), len(stack.runs(RECOVER))
    run = redeploy(stack)
    until(lambda: traffic(stack).get("left") == 50 or None, "half of the traffic to go over")
    next(processes_of(run["id"])).kill()
    assert stack.ended_by_id(run["id"])["state_name"] == "Crashed"
    recovery = stack.ended(RECOVER, recoveries)
    assert recovery["state_name"] == "Completed", recovery["state"]["message"]
    assert recovery["parameters"] == {
        "target": run["parameters"]["target"],
        "requests": run["parameters"]["requests"],
        "endpoint": ENDPOINT,
    }
    assert f"left was taken back: flow run {run['id']}, which began it, is over" in recovery["state"]["message"]
    assert {name: share for name, share in traffic(stack).items() if share} == before
    assert not [name for name in endpoint(stack.emulator, stack.workspace_id)["tags"] if "rollout" in name]
    assert "The traffic is as before" in stack.artifact(f"rollout-{ENDPOINT}")["data"]
    assert stack.paged(f"{REDEPLOY}: Crashed")
    assert not [one for one in stack.pages() if one["subject"].startswith(RECOVER)]


def redeploy(stack: LocalStack) -> dict[str, Any]:
    """A run that stays at 50 percent."""
    chosen = {"endpoint": ENDPOINT, "strategy": HALF_WAY}
    name = f"/deployments/{stack.deployment('endpoint-redeploy/redeploy')['id']}/create_flow_run"
    found: dict[str, Any] = stack.ask("POST", name, {"parameters": chosen})
    return found


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
