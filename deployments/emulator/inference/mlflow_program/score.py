"""Serves an MLflow model: what Azure's image for deployments without code does with the python_function flavor.

A program of its own, which runs in the container: it imports nothing of the emulator's, and no MLflow.
"""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import yaml

STATE: dict[str, Any] = {}


def init() -> None:
    """Load the model that its MLmodel file describes."""
    file = next(Path(os.environ["AZUREML_MODEL_DIR"]).rglob("MLmodel"))
    described = yaml.safe_load(file.read_text(encoding="utf-8"))
    flavor = described["flavors"]["python_function"]
    with (file.parent / flavor.get("model_path", "model.pkl")).open("rb") as content:
        STATE["model"] = pickle.load(content)  # noqa: S301 -- the user's own model, in the user's own container
    inputs = (described.get("signature") or {}).get("inputs")
    STATE["columns"] = [one["name"] for one in json.loads(inputs or "[]") if "name" in one]
    print(f"Loaded {file.parent.name} with {flavor['loader_module']}", flush=True)


def run(raw_data: str) -> Any:
    """Predict for `input_data`: a table as pandas splits it, or rows."""
    request = json.loads(raw_data)
    if "input_data" not in request:
        raise ValueError("the request needs the field input_data")
    return np.asarray(STATE["model"].predict(_rows(request["input_data"]))).tolist()


def _rows(given: Any) -> np.ndarray:
    """The rows of the request, with the columns in the order of the model's signature."""
    if not isinstance(given, dict):
        return np.asarray(given)
    columns, rows = given.get("columns"), np.asarray(given["data"])
    known: list[str] = STATE["columns"]
    if not columns or not known:
        return rows
    missing = [name for name in known if name not in columns]
    if missing:
        raise ValueError(f"the request lacks the columns {', '.join(missing)} of the model's signature")
    return rows[:, [columns.index(name) for name in known]]
