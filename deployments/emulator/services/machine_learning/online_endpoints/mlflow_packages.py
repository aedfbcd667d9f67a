"""The packages of an MLflow model without code: no image is built; they are installed as the container starts."""

from __future__ import annotations

import json

import yaml

from deployments.emulator.core import Emulator
from deployments.emulator.inference.container import not_ready
from deployments.emulator.inference.plan import MLFLOW_MODEL
from deployments.emulator.services.machine_learning.assets.kinds import files_of
from deployments.emulator.services.machine_learning.network_isolation import managed_network
from deployments.emulator.services.machine_learning.network_isolation.isolation import APPROVED
from deployments.emulator.services.machine_learning.online_endpoints import package_sources, scoring_backend
from deployments.emulator.state import Resource


def install(emulator: Emulator, workspace: Resource, deployment: Resource) -> None:
    """Install what the model's conda.yaml lists, as far as the managed network lets it in.

    Source: learn.microsoft.com/azure/machine-learning/how-to-deploy-mlflow-models-online-endpoints.

    Raises:
        ArmError: 400 without a code, as for any container that ends; its log has the address.
    """
    conda = _conda_file(emulator, deployment) if managed_network.mode_of(workspace) == APPROVED else ""
    missing = package_sources.unreachable(conda, managed_network.rules_of(workspace)) if conda else []
    if missing:
        log = scoring_backend.servers(emulator).log(deployment.id)
        log.line("inference-server", package_sources.complaint(missing[0]))
        raise not_ready()


def _conda_file(emulator: Emulator, deployment: Resource) -> str:
    """The model's conda.yaml as JSON; empty for what is not such a model, or has code or an environment."""
    properties = deployment.properties
    model = emulator.resources.get(str(properties.get("model") or ""))
    if model is None or model.properties.get("modelType") != MLFLOW_MODEL:
        return ""
    if properties.get("environmentId") or properties.get("codeConfiguration"):
        return ""
    described = next(iter(sorted(files_of(emulator, model.id).rglob("MLmodel"))), None)
    conda = described.with_name("conda.yaml") if described else None
    return json.dumps(yaml.safe_load(conda.read_text(encoding="utf-8"))) if conda and conda.is_file() else ""
