"""An endpoint whose model says how it behaves, for rollouts in tests."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterName,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from pydantic import BaseModel

from flows.endpoint_redeploy import endpoint_redeploy
from flows.rollout_recovery import rollout_recovery
from support.diagnostics.stage import SAMPLES, Stage
from support.emulator.azure_writes import deploy, written
from support.paths import PYTHONPATH, ROOT
from support.prefect.server import RunningPrefect
from support.waiting import until
from tasks.clients.connect import connect
from tasks.domain.azure.endpoint import Endpoint, EndpointSpec
from tasks.domain.azure.online_deployment import OnlineDeployment, OnlineDeploymentSpec
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.rollout.report import NotPromoted, RolloutReport
from tasks.domain.rollout.state import ROLLOUT_TAG, rollout_in
from tasks.runtime.azure_workspace import AzureWorkspace

# The model is a JSON object: `answer` is what it says, after `seconds`; it raises from its `raises_from`th call on, and
# for what has `raises_on` in it; what has `refuses_on` in it is refused with 400.
SCORE = """import json
import os
import time
from pathlib import Path

from azureml_inference_server_http.api.aml_response import AMLResponse

MODEL = {}
CALLS = []


def init():
    file = next(Path(os.environ["AZUREML_MODEL_DIR"]).rglob("model.json"))
    MODEL.update(json.loads(file.read_text()))
    if not MODEL.get("starts", True):
        raise RuntimeError("this model does not start")


def run(raw_data):
    CALLS.append(1)
    if len(CALLS) >= MODEL.get("raises_from", 10**9):
        raise ValueError("this model does not like the data")
    if "raises_on" in MODEL and MODEL["raises_on"] in str(raw_data):
        raise ValueError("this model can not take that")
    if "refuses_on" in MODEL and MODEL["refuses_on"] in str(raw_data):
        return AMLResponse("no such customer", 400)
    time.sleep(MODEL.get("seconds", 0))
    return {"answer": MODEL["answer"]}
"""
SCRIPT = Path(__file__).with_name("run_redeploy.py")
QUICK: dict[str, Any] = {"bake_seconds": 0, "probes": 5, "limits": {"min_samples": 5}}
_numbers = itertools.count()


@dataclass(frozen=True)
class Served:
    """An endpoint with all traffic on blue, which answers 1."""

    stage: Stage
    name: str
    folder: Path

    def model(self, **content: Any) -> str:
        """Register another model version; azureml:NAME:VERSION."""
        (self.folder / "model" / "model.json").write_text(json.dumps(content))
        with connect(self.stage.target) as azure:
            identity = azure.online_deployments.upload(self.file).model_id
        _, _, named = identity.partition("/models/")
        return "azureml:" + named.replace("/versions/", ":")

    @property
    def file(self) -> OnlineDeploymentSpec:
        return OnlineDeploymentSpec(name="blue", file=str(self.folder / "blue-deployment.yml"))

    def redeploy(self, **parameters: Any) -> State[Any]:
        """Run the flow to its end, whatever that is."""
        state: State[Any] = endpoint_redeploy(**self.parameters(**parameters), return_state=True)
        return state

    def recover(self, **parameters: Any) -> State[Any]:
        """Run the recovery to its end, whatever that is."""
        own = {"target": AzureWorkspace.of(self.stage.target), "requests": {"sample": "[1]"}, "endpoint": self.name}
        state: State[Any] = rollout_recovery(**own | parameters, return_state=True)
        return state

    def parameters(self, **changes: Any) -> dict[str, Any]:
        own = {
            "target": AzureWorkspace.of(self.stage.target),
            "endpoint": self.name,
            "requests": {"sample": "[1]"},
            "strategy": QUICK,
        }
        return {**own, **changes}

    def process(self, prefect: RunningPrefect, **parameters: Any) -> subprocess.Popen[str]:
        """The flow in a process of its own, with its output in a pipe."""
        given = self.folder / f"parameters-{next(_numbers)}.json"
        plain = {
            name: one.model_dump(mode="json") if isinstance(one, BaseModel) else one
            for name, one in self.parameters(**parameters).items()
        }
        given.write_text(json.dumps(plain))
        with given.open() as file:
            return subprocess.Popen(
                [sys.executable, str(SCRIPT)],
                cwd=ROOT,
                env={**os.environ, **prefect.variables, "PYTHONPATH": PYTHONPATH},
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def runs(self) -> list[FlowRun]:
        """The endpoint's runs."""
        with get_client(sync_client=True) as client:
            name = FlowRunFilterName(like_=f"redeploy {self.name} ")
            return client.read_flow_runs(flow_run_filter=FlowRunFilter(name=name))

    def paused(self) -> FlowRun:
        """The endpoint's run, once it waits for an approval."""

        def look() -> FlowRun | None:
            return next((run for run in self.runs() if run.state and run.state.is_paused()), None)

        return until(look, "a run that waits for an approval")

    def steps_under_way(self) -> set[str]:
        """The titles of the steps that its runs are in."""
        running = TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=[StateType.RUNNING])))
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[one.id for one in self.runs()]))
        with get_client(sync_client=True) as client:
            return {one.name for one in client.read_task_runs(flow_run_filter=wanted, task_run_filter=running)}

    def is_whole(self) -> str:
        """Which color has all traffic and answers every call; no rollout is noted."""
        endpoint = self.endpoint()
        (color,) = [name for name, share in endpoint.traffic.items() if share]
        assert rollout_in(self.name, endpoint.tags) is None
        assert endpoint.mirror_traffic == {} or set(endpoint.mirror_traffic.values()) == {0}
        assert {self._answer().deployment for _ in range(5)} == {color}
        return color

    def is_as_before(self) -> None:
        """All traffic on blue, which answers as it did; no note is left."""
        assert self.is_whole() == "blue"
        assert self.answers() == ("blue", 1)

    def endpoint(self) -> Endpoint:
        with connect(self.stage.target) as azure:
            found = azure.endpoints.get(self.name)
        assert found
        return found

    def online_deployment(self, name: str) -> OnlineDeployment | None:
        with connect(self.stage.target) as azure:
            return azure.online_deployments.get(self.name, name)

    def answers(self) -> tuple[str, Any]:
        """Who answers a call that names nobody, and what."""
        answer = self._answer()
        return answer.deployment, json.loads(answer.body)["answer"]

    def _answer(self) -> ScoringAnswer:
        with connect(self.stage.target) as azure:
            answer = azure.scoring.score(self.endpoint(), "[1]")
        assert answer.is_ok, answer
        return answer

    def is_logged(self) -> None:
        """A diagnostic setting sends the endpoint's traffic log to a Log Analytics workspace."""
        group = f"{self.stage.management.subscription}/resourceGroups/{self.stage.target.resource_group}"
        logs = f"{group}/providers/Microsoft.OperationalInsights/workspaces/logs"
        self.stage.management.put(logs, {"location": "westeurope", "properties": {}}, "2023-09-01")
        categories = [{"category": "AmlOnlineEndpointTrafficLog", "enabled": True}]
        setting = f"{self.stage.target.endpoint_id(self.name)}/providers/Microsoft.Insights/diagnosticSettings/all"
        properties = {"workspaceId": logs, "logs": categories}
        self.stage.management.put(setting, {"properties": properties}, "2021-05-01-preview")

    def call_as_users_do(self, count: int, request: str = "[1]", color: str = "") -> list[int]:
        """Calls of somebody else than the rollout; their HTTP statuses."""
        with connect(self.stage.target) as azure:
            azure.scoring.agent = "somebody"
            shown = self.endpoint()
            return [azure.scoring.score(shown, request, online_deployment=color or None).status for _ in range(count)]

    def writes(self) -> list[str]:
        """What was written about the endpoint so far."""
        return written(self.stage.emulator, f"/onlineEndpoints/{self.name}")

    def shares(self, color: str) -> list[int]:
        """The color's live traffic in every request that set the endpoint's."""
        return [int(body["properties"]["traffic"].get(color, 0)) for body in self._bodies()]

    def notes_until(self) -> list[str]:
        """How long the old color was to be kept, by every request that set the endpoint; empty: not at all."""
        return [(body.get("tags") or {}).get(f"{ROLLOUT_TAG}-until", "") for body in self._bodies()]

    def mirrors(self) -> list[dict[str, int]]:
        """The mirror traffic in every request that set the endpoint's."""
        return [body["properties"].get("mirrorTraffic") or {} for body in self._bodies()]

    def _bodies(self) -> list[dict[str, Any]]:
        mark = f"/onlineEndpoints/{self.name}?".lower()
        return [
            one["request"]
            for one in self.stage.emulator.journal()
            if one["method"] == "PUT" and mark in one["url"].lower()
        ]

    def page(self, what: str = "rollout") -> str:
        """The newest report artifact, or the newest records."""
        key = f"{what}-{self.name.lower()}"
        with get_client(sync_client=True) as client:
            found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
        return str(max(found, key=lambda one: str(one.created)).data)


def serve(stage: Stage, folder: Path) -> Served:
    """A new endpoint in the stage's workspace."""
    name = f"rollout-{next(_numbers):03d}"
    files = folder / name
    shutil.copytree(SAMPLES, files)
    (files / "code" / "score.py").write_text(SCORE)
    (files / "model" / "model.json").write_text(json.dumps({"answer": 1}))
    file = files / "blue-deployment.yml"
    file.write_text(file.read_text().replace("model:\n  path: model", "model:\n  name: churn\n  path: model"))
    with connect(stage.target) as azure:
        azure.endpoints.create_or_update(EndpointSpec(name=name, file=str(files / "endpoint.yml")))
        deploy(azure, name, files)
        azure.endpoints.set_traffic(name, {"blue": 100})
    return Served(stage, name, files)


def report_of(state: State[Any]) -> RolloutReport:
    """The run's report, however it ended."""
    found = state.result(raise_on_failure=False)
    found = found.report if isinstance(found, NotPromoted) else found
    assert isinstance(found, RolloutReport), found
    return found
