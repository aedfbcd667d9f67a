"""What all flows have in common."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from prefect import Flow

ROOT = Path(__file__).resolve().parents[2]
TARGET = {
    "subscription_id": "00000000-0000-0000-0000-000000000001",
    "resource_group": "ml",
    "workspace": "churn",
    "location": "westeurope",
}
SUBNET = "/subscriptions/s/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
FLOWS: dict[str, dict[str, Any]] = {
    "endpoint_lifecycle": {
        "target": TARGET,
        "workspace": {},
        "endpoint": {"name": "churn", "file": "endpoint.yml"},
        "online_deployment": {"file": "blue.yml"},
        "sample_request": "request.json",
    },
    "endpoint_redeploy": {"target": TARGET, "endpoint": "churn", "requests": {"sample": "[1]"}},
    "endpoint_remedy": {"target": TARGET, "endpoint": "churn"},
    "endpoint_teardown": {"target": TARGET, "endpoint": "churn"},
    "event_intake": {"target": TARGET, "storage_account": "events", "queue": "azureml-events", "routes": "main"},
    "private_access": {"target": TARGET, "spec": {"subnet": SUBNET, "create_zones_in": "network"}},
    "rollout_recovery": {"target": TARGET, "requests": {"sample": "[1]"}, "endpoint": ""},
    "scoring_diagnostics": {"target": TARGET},
}
LOAD = """
from prefect.flows import load_flow_from_entrypoint
for name, form in {flows!r}.items():
    for entrypoint in (f"flows/{{name}}.py:{{name}}", f"flows.{{name}}.{{name}}"):
        load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False).validate_parameters(form)
"""
RECEIVE = """
import sys, cloudpickle
for flow, form in cloudpickle.load(sys.stdin.buffer):
    flow.validate_parameters(form)
"""


def flow_named(name: str) -> Flow[..., Any]:
    found: Flow[..., Any] = vars(importlib.import_module(f"flows.{name}"))[name]
    return found


def in_another_process(script: str, given: bytes = b"") -> None:
    """Run a script in a process that has imported nothing yet."""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, check=False, cwd=ROOT, input=given, capture_output=True, timeout=90)
    assert done.returncode == 0, done.stderr[-2000:].decode()


def test_a_worker_can_load_them() -> None:
    """Loaded by file or by module, a flow takes its parameters as the JSON of a form."""
    in_another_process(LOAD.format(flows=FLOWS))


def test_they_can_be_sent_to_another_process() -> None:
    """`serve` sends the flow itself to the run's process: it arrives with its parameters' types."""
    in_another_process(RECEIVE, cloudpickle.dumps([(flow_named(name), form) for name, form in FLOWS.items()]))


@pytest.mark.parametrize("name", FLOWS)
def test_a_form_explains_itself(name: str) -> None:
    """Every parameter has a description, and so has every field of the models in them."""
    schema = flow_named(name).parameters.model_dump()
    fields = dict(schema["properties"])
    for model, definition in schema["definitions"].items():
        fields |= {f"{model}.{field}": shown for field, shown in definition.get("properties", {}).items()}
    assert [field for field, shown in fields.items() if not shown.get("description") and "const" not in shown] == []
