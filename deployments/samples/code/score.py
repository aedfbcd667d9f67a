"""Scores one or more patients with the linear model that lies in AZUREML_MODEL_DIR."""

import json
import logging
import os
from pathlib import Path
from typing import Any

MODEL: dict[str, Any] = {}


def init() -> None:
    """Load the model, once for each worker of the server."""
    file = next(Path(os.environ["AZUREML_MODEL_DIR"]).rglob("model.json"))
    MODEL.update(json.loads(file.read_text(encoding="utf-8")))
    logging.info("Loaded %s with %d features", file.name, len(MODEL["coefficients"]))


def run(raw_data: str) -> list[float]:
    """Predict the disease's progression for each row of `data`."""
    rows = json.loads(raw_data)["data"]
    logging.info("Scoring %d rows", len(rows))
    return [round(predict(row), 2) for row in rows]


def predict(row: list[float]) -> float:
    """The model's answer for one patient: intercept + coefficients × measurements."""
    if len(row) != len(MODEL["coefficients"]):
        raise ValueError(f"a row has {len(MODEL['coefficients'])} measurements, not {len(row)}")
    return float(MODEL["intercept"] + sum(c * x for c, x in zip(MODEL["coefficients"], row, strict=True)))
