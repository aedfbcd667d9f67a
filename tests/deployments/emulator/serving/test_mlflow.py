"""MLflow models without code: served by their python_function flavor, or said to be a gap of the emulator."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import yaml
from sklearn.linear_model import LinearRegression
from support.emulator.serving_stage import Stage

from deployments.emulator.errors import ArmError
from deployments.emulator.inference.mlflow import require_servable
from deployments.emulator.inference.plan import Plan
from deployments.emulator.state import Resource

SIGNATURE = {"inputs": '[{"name": "a", "type": "double"}, {"name": "b", "type": "double"}]'}
SKLEARN = {"python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.pkl"}}


def mlmodel(folder: Path, flavors: dict[str, Any], **rest: Any) -> Path:
    """An MLflow model's folder without its pickle."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "MLmodel").write_text(yaml.safe_dump({"flavors": flavors, **rest}))
    return folder


def without_code(stage: Stage, flavors: dict[str, Any], *, pickled: bool = True) -> tuple[Resource, Resource]:
    """An endpoint, and an online deployment of a model that predicts 2 a + 3 b."""
    identity = stage.model()
    model = stage.emulator.resources.require(identity)
    place = str(model.properties["modelUri"]).rsplit("/container/", 1)[1]
    folder = mlmodel(stage.emulator.options.state_dir / "blobs/account/container" / place, flavors, signature=SIGNATURE)
    if pickled:
        fitted = LinearRegression().fit([[1, 0], [0, 1], [1, 1]], [2, 3, 5])
        (folder / "model.pkl").write_bytes(pickle.dumps(fitted))
    stage.put(identity, {**model.properties, "modelType": "mlflow_model"})
    endpoint = stage.endpoint(traffic={"blue": 100})
    return endpoint, stage.put(
        f"{endpoint.id}/deployments/blue", {"model": identity, "codeConfiguration": None}, sku={"capacity": 1}
    )


def test_a_model_is_served_without_code(stage: Stage) -> None:
    """In MLflow's forms: rows, and a table whose columns come in any order; the answer is a bare list."""
    endpoint, deployment = without_code(stage, SKLEARN)
    stage.start(deployment)
    for given in ([[1, 2], [2, 0]], {"columns": ["b", "a"], "index": [0, 1], "data": [[2, 1], [0, 2]]}):
        answer = stage.score(endpoint, {"input_data": given})
        assert (answer.status_code, answer.json()) == (200, pytest.approx([8.0, 4.0]))
    assert stage.score(endpoint, {"data": [[1, 2]]}).status_code == 424
    assert stage.score(endpoint, {"input_data": {"columns": ["a"], "data": [[1]]}}).status_code == 424
    assert "lacks the columns b" in stage.logs(deployment)


def test_a_model_without_its_file_fails_as_a_container(stage: Stage) -> None:
    """The log has the reason."""
    _, deployment = without_code(stage, SKLEARN, pickled=False)
    with pytest.raises(ArmError, match="ResourceNotReady: User container has crashed"):
        stage.start(deployment)
    assert "model.pkl" in stage.logs(deployment)


@pytest.mark.parametrize(
    ("flavors", "code", "said"),
    [
        ({"python_function": {"loader_module": "mlflow.pyfunc.model"}}, "NotImplementedByEmulator", "pyfunc.model"),
        ({**SKLEARN, "sklearn": {"serialization_format": "skops"}}, "NotImplementedByEmulator", "skops"),
        ({"pytorch": {}}, "BadArgument", "no python_function flavor"),
    ],
)
def test_other_flavors_are_named(tmp_path: Path, flavors: dict[str, Any], code: str, said: str) -> None:
    """What can't be loaded here is the emulator's gap; what MLflow itself lacks is the model's."""
    with pytest.raises(ArmError, match=said) as refused:
        require_servable(mlmodel(tmp_path / "m", flavors))
    assert refused.value.code == code


def test_a_folder_without_mlmodel_is_no_mlflow_model(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(ArmError, match="'m' has no MLmodel file"):
        require_servable(tmp_path / "m")


@pytest.mark.parametrize("configuration", [None, {"codeId": "/codes/c/versions/1", "scoringScript": "plumber.R"}])
def test_containers_of_ones_own_are_a_gap(configuration: Any) -> None:
    """TensorFlow Serving, Triton, R: said by the emulator in its own name."""
    deployment = Resource("/deployments/blue", {"properties": {"codeConfiguration": configuration}})
    with pytest.raises(ArmError, match="runs no container images of your own") as refused:
        Plan.of(deployment)
    assert refused.value.code == "NotImplementedByEmulator"
