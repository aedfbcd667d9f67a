"""Scoring backends that cost nothing: what stays as it is, and what no longer runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.emulator.control_plane import ControlPlane, start_control_plane

from deployments.emulator.core import Emulator, Options
from deployments.emulator.inference.exchange import STATIC_ANSWER

SCORE = "https://scores.westeurope.inference.ml.azure.com/score"


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    """An emulator with static backends and an endpoint whose deployment blue has all traffic."""
    plane = await start_control_plane(tmp_path, scoring_backend="static")
    workspace = await plane.workspace()
    await plane.put(f"{workspace}/codes/score/versions/1", {"properties": {"codeUri": "https://a/b"}})
    endpoint = await plane.endpoint(workspace)
    code = {"codeId": f"{workspace}/codes/score/versions/1", "scoringScript": "score.py"}
    blue = {"instanceType": "Standard_DS2_v2", "codeConfiguration": code}
    await plane.put(f"{endpoint}/deployments/blue", {"location": "westeurope", "properties": blue})
    await plane.endpoint(workspace, traffic={"blue": 100})
    yield plane
    await plane.app.close()


async def test_a_deployment_is_ready_at_once_and_answers(plane: ControlPlane) -> None:
    """No file of its code is there, no process runs, and yet it answers with its name in the header."""
    key = _key(plane.emulator)
    answer = await plane.ask("POST", SCORE, {"data": []}, authorization=f"Bearer {key}")
    assert (answer.status, answer.body) == (200, STATIC_ANSWER)
    assert answer.headers["azureml-model-deployment"] == "blue"
    assert not (plane.emulator.options.state_dir / "inference").exists()


async def test_the_front_keeps_its_gates(plane: ControlPlane) -> None:
    """A wrong key is refused, and so is an endpoint without traffic."""
    assert (await plane.ask("POST", SCORE, {}, authorization="Bearer wrong")).status == 401
    workspace = f"{plane.group}/providers/Microsoft.MachineLearningServices/workspaces/ws"
    await plane.endpoint(workspace, traffic={})
    assert (await plane.ask("POST", SCORE, {}, authorization=f"Bearer {_key(plane.emulator)}")).status == 404


async def test_logs_are_empty(plane: ControlPlane) -> None:
    """Nothing was said, and asking is no error."""
    deployment = f"{plane.group}/providers/Microsoft.MachineLearningServices/workspaces/ws/onlineEndpoints/scores"
    answer = await plane.ask("POST", f"{deployment}/deployments/blue/getLogs", {"containerType": "InferenceServer"})
    assert answer.status == 200


def test_it_is_off_by_default(tmp_path: Path) -> None:
    """Deployments run for real unless somebody asks for less."""
    assert Options(tmp_path).scoring_backend == "server"


def _key(emulator: Emulator) -> str:
    (endpoint,) = emulator.resources.named("Microsoft.MachineLearningServices/workspaces/onlineEndpoints", "scores")
    return str(endpoint.private["primaryKey"])
