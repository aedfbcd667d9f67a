"""An endpoint to roll out to, in an emulator, and the new version of each scenario."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from deployments.local.scenario_stage import post
from deployments.paths import SAMPLES
from tasks.clients.connect import Azure, connect
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.common.target import AzureTarget, Resolvers

GROUP, WORKSPACE, ENDPOINT, REGION = "ml", "churn", "churn-prod", "westeurope"

# A model is a JSON object: its answer, its duration, and whether it raises instead.
SCORE: Final = """import json
import os
import time
from pathlib import Path

MODEL = {}


def init():
    MODEL.update(json.loads(next(Path(os.environ["AZUREML_MODEL_DIR"]).rglob("model.json")).read_text()))


def run(raw_data):
    if MODEL.get("raises"):
        raise ValueError("this model does not like the data")
    time.sleep(MODEL.get("seconds", 0))
    return {"churn": MODEL["churn"]}
"""
REQUEST: Final = '{"customer": 1}'
STABLE: Final = {"churn": 0.5}
STEPS: Final = {"steps": [10, 50, 100], "bake_seconds": 4, "probes": 20}


@dataclass(frozen=True)
class Scenario:
    """One rollout, and its expected outcome.

    Attributes:
        model: The new model; None for a file with more instances than the quota allows.
        is_golden: Whether the request is a golden one, whose answers are compared.
        strategy: Its changes to the usual strategy.
    """

    name: str
    sentence: str
    outcome: Literal["promoted", "rolled_back", "refused"]
    model: Mapping[str, Any] | None
    strategy: Mapping[str, Any] = field(default_factory=dict)
    is_golden: bool = True


SCENARIOS: Final = (
    Scenario("good", "a model that works", "promoted", {"churn": 0.51}),
    Scenario("raises", "a model that raises: stopped by the smoke test", "rolled_back", {"churn": 0.5, "raises": True}),
    Scenario(
        "slow",
        "a model that takes 0.4 s: rolled back on latency",
        "rolled_back",
        {"churn": 0.5, "seconds": 0.4},
        is_golden=False,
    ),
    Scenario("different", "a model that answers differently: stopped at parity", "rolled_back", {"churn": 0.9}),
    Scenario(
        "few_samples",
        "fewer calls than the samples that a step needs: rolled back, as configured",
        "rolled_back",
        {"churn": 0.51},
        {"limits": {"min_samples": 100_000}, "extensions": 1, "when_inconclusive": "roll_back"},
    ),
    Scenario("no_quota", "more instances than the quota allows: nothing changes", "refused", None),
)


@dataclass(frozen=True)
class Stage:
    """The endpoint, and the flow's parameters."""

    target: AzureTarget
    endpoint: str
    requests: Mapping[str, Any]
    revision: Mapping[str, Any]
    strategy: Mapping[str, Any]


def scenario_of(name: str) -> Scenario:
    """Return the scenario of this name.

    Raises:
        ValueError: There is none.
    """
    found = next((one for one in SCENARIOS if one.name == name), None)
    if found is None:
        raise ValueError(f"there is no scenario {name!r}: `endpoint-ops rollout list` prints all of them.")
    return found


def set_up(variables: Mapping[str, str], scenario: Scenario, folder: Path, endpoint: str = ENDPOINT) -> Stage:
    """Create an endpoint with all traffic on blue, and the new version, in the emulator that this process talks to.

    Args:
        variables: The emulator's.
        scenario: The rollout.
        folder: A folder for files.
        endpoint: The endpoint's name.
    """
    shape = {"name": endpoint, "auth_mode": "Key", "deployments": [], "traffic": {}, "logged": True}
    post(variables, "/seed", {"workspaces": [{"name": WORKSPACE, "group": GROUP, "endpoints": [shape]}]})
    target = _target(variables)
    files = folder / "files"
    shutil.copytree(SAMPLES, files)
    (files / "code" / "score.py").write_text(SCORE)
    (files / "golden.json").write_text(REQUEST)
    requests = {"golden_files": [str(files / "golden.json")]} if scenario.is_golden else {"sample": REQUEST}
    with connect(target) as azure:
        _serve(azure, endpoint, files)
        revision = _revision(azure, scenario, files)
    return Stage(target, endpoint, requests, revision, {**STEPS, **scenario.strategy})


def _target(variables: Mapping[str, str]) -> AzureTarget:
    return AzureTarget(
        subscription_id=variables["AZURE_SUBSCRIPTION_ID"],
        resource_group=GROUP,
        workspace=WORKSPACE,
        location=REGION,
        internet_proxy=variables["EMULATOR_INTERNET_PROXY"],
        resolvers=Resolvers(
            system=variables["EMULATOR_DNS_SYSTEM"],
            custom=variables["EMULATOR_DNS_CUSTOM"],
            azure=variables["EMULATOR_DNS_AZURE"],
        ),
    )


def _serve(azure: Azure, endpoint: str, files: Path) -> None:
    file = files / "blue-deployment.yml"
    file.write_text(file.read_text().replace("model:\n", "model:\n  name: churn\n"))
    blue = _written(files, STABLE)
    azure.online_deployments.create_or_update(endpoint, blue, azure.online_deployments.upload(blue))
    azure.endpoints.set_traffic(endpoint, {"blue": 100})


def _revision(azure: Azure, scenario: Scenario, files: Path) -> dict[str, Any]:
    if scenario.model is None:
        file = files / "more-deployment.yml"
        known = (files / "blue-deployment.yml").read_text()
        file.write_text(known.replace("Standard_DS3_v2", "Standard_F64s_v2").replace("count: 1", "count: 14"))
        return {"kind": "file", "file": str(file)}
    model = azure.online_deployments.upload(_written(files, scenario.model)).model_id
    name, _, version = model.rpartition("/models/")[2].partition("/versions/")
    return {"kind": "model", "model": f"azureml:{name}:{version}"}


def _written(files: Path, model: Mapping[str, Any]) -> OnlineDeploymentSpec:
    (files / "model" / "model.json").write_text(json.dumps(dict(model)))
    return OnlineDeploymentSpec(name="blue", file=str(files / "blue-deployment.yml"))
