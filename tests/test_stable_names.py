"""Names that users, their automations and stored data rely on: a change of one is a change for them."""

from __future__ import annotations

import ast
import importlib.util
from typing import Any, get_args

import pytest
import yaml
from prefect import Flow
from support.paths import ROOT

from tasks.clients.transport.matching import DEFINITION_TAG
from tasks.domain.azure.ownership import MARKER_TAG, OWNERSHIP_TAGS
from tasks.domain.rollout.report import Outcome
from tasks.domain.rollout.state import ROLLOUT_TAG
from tasks.runtime.azure_workspace import AzureIdentity, AzureWorkspace
from tasks.runtime.model_routes import ModelRoutes

FLOWS = {
    "endpoint_lifecycle": "endpoint-lifecycle",
    "endpoint_teardown": "endpoint-teardown",
    "endpoint_redeploy": "endpoint-redeploy",
    "rollout_recovery": "rollout-recovery",
    "endpoint_remedy": "endpoint-remedy",
    "event_intake": "event-intake",
    "scoring_diagnostics": "scoring-diagnostics",
}
DEPLOYMENTS = {
    "lifecycle": ["endpoint-ops", "changes-azure"],
    "teardown": ["endpoint-ops", "changes-azure"],
    "redeploy": ["endpoint-ops", "changes-azure"],
    "recover": ["endpoint-ops", "changes-azure"],
    "remedy": ["endpoint-ops", "changes-azure"],
    "intake": ["endpoint-ops", "only-looks"],
    "diagnostics": ["endpoint-ops", "only-looks"],
}
BLOCKS = {
    AzureIdentity: ("Azure identity", "azure-identity"),
    AzureWorkspace: ("Azure ML workspace", "azure-ml-workspace"),
    ModelRoutes: ("Model routes", "model-routes"),
}
EVENTS = {
    "azureml.drift.detected",
    "azureml.endpoint.",
    "azureml.model.deployed",
    "azureml.model.registered",
    "azureml.rollout.",
    "azureml.run.completed",
    "azureml.run.status_changed",
}
# What follows is the endpoint, the workspace or the scope.
ARTIFACT_KEYS = {
    "admitted-models",
    "event-intake-",
    "lifecycle-",
    "remedy-",
    "rollout-",
    "rollout-records-",
    "scoring-diagnostics",
    "scoring-record",
    "teardown-",
    "-json",
    "-table",
}
MODULE_COMMANDS = ("apply", "diagnose", "emulator", "events", "local", "rollout")


def literals() -> set[str]:
    """All string constants of flows and tasks, pieces of f-strings included."""
    found: set[str] = set()
    for file in [*(ROOT / "flows").rglob("*.py"), *(ROOT / "tasks").rglob("*.py")]:
        nodes = ast.walk(ast.parse(file.read_text()))
        found |= {one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


@pytest.mark.parametrize(("module", "name"), FLOWS.items())
def test_flows_keep_their_names_and_entrypoints(module: str, name: str) -> None:
    """Prefect finds a flow's runs by its name, and its code by its entrypoint."""
    flow: Flow[..., Any] = getattr(importlib.import_module(f"flows.{module}"), module)
    assert flow.name == name


def test_deployments_keep_their_names_and_tags() -> None:
    """Automations and limits select runs by these."""
    document = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text())
    found = {one["name"]: one["tags"] for one in document["deployments"]}
    assert {name: found.get(name) for name in DEPLOYMENTS} == DEPLOYMENTS


@pytest.mark.parametrize(("block", "names"), BLOCKS.items())
def test_block_types_keep_their_names(block: Any, names: tuple[str, str]) -> None:
    """Saved blocks refer to their type by these."""
    assert (block._block_type_name, block._block_type_slug) == names


def test_tags_on_azure_keep_their_names() -> None:
    """What was created before an upgrade is known by its tags."""
    assert OWNERSHIP_TAGS == {"managed-by": "azureml-endpoint-ops"}
    assert MARKER_TAG == "azureml-endpoint-ops-id"
    assert (ROLLOUT_TAG, DEFINITION_TAG) == ("azureml-endpoint-ops-rollout", "azureml-endpoint-ops-definition")


def test_outcomes_of_a_rollout_keep_their_names() -> None:
    """Events, reports and scripts have them."""
    expected = {"promoted", "rolled_back", "stuck", "refused", "superseded", "shadowed"}
    assert set(get_args(Outcome)) == expected


@pytest.mark.parametrize("names", [EVENTS, ARTIFACT_KEYS], ids=["events", "artifact keys"])
def test_events_and_artifacts_keep_their_names(names: set[str]) -> None:
    """Automations match events by name, and links lead to artifacts by key."""
    assert names <= literals()


@pytest.mark.parametrize("command", MODULE_COMMANDS)
def test_module_commands_stay(command: str) -> None:
    """`python -m deployments.COMMAND` is in people's scripts."""
    assert importlib.util.find_spec(f"deployments.{command}.__main__")
