"""The plan of a container, read from an online deployment; equal plans of different endpoints share a container."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from deployments.emulator.durations import seconds_of
from deployments.emulator.errors import ArmError
from deployments.emulator.state import Resource

NO_CONTAINER = (
    "The emulator runs no container images of your own, such as TensorFlow Serving, Triton or R: only Python scoring "
    "scripts, and MLflow models without code. Try this deployment in Azure."
)
MLFLOW, MLFLOW_MODEL = "mlflow", "mlflow_model"
ASSET = re.compile(r"/models/(?P<name>[^/]+)/versions/(?P<version>[^/]+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plan:
    """Code, scoring script, model and environment variables of a container."""

    code: str
    script: str
    model: str
    variables: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, deployment: Resource, model_type: str = "") -> Plan:
        """Return the plan of this online deployment; an MLflow model without code is served by a program of its own.

        Raises:
            ArmError: 400 NotImplementedByEmulator, where it has neither a Python script nor such a model.
        """
        configuration: dict[str, Any] = deployment.properties.get("codeConfiguration") or {}
        if model_type == MLFLOW_MODEL and not configuration.get("scoringScript"):
            configuration = {"codeId": MLFLOW, "scoringScript": "score.py"}
        if not configuration.get("codeId") or not str(configuration.get("scoringScript")).endswith(".py"):
            raise ArmError(400, "NotImplementedByEmulator", NO_CONTAINER)
        variables: dict[str, Any] = deployment.properties.get("environmentVariables") or {}
        return cls(
            code=configuration["codeId"],
            script=configuration["scoringScript"],
            model=deployment.properties.get("model") or "",
            variables=tuple(sorted((name, str(value)) for name, value in variables.items())),
        )

    @property
    def key(self) -> str:
        """A short name for the plan, the same for equal ones."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:20]

    @property
    def model_folder(self) -> str:
        """The folder of the model below `azureml-models`: its name and version."""
        found = ASSET.search(self.model)
        return f"{found['name']}/{found['version']}" if found else "model/1"


@dataclass(frozen=True, slots=True)
class ReadinessProbe:
    """The settings of a readiness probe, in seconds: how long a container may take to become ready."""

    initial_delay: float = 10.0
    period: float = 10.0
    failures: int = 30

    @classmethod
    def of(cls, deployment: Resource) -> ReadinessProbe:
        """The settings of the readiness probe, with Azure's defaults."""
        probe: dict[str, Any] = deployment.properties.get("readinessProbe") or {}
        return cls(
            initial_delay=_seconds(probe, "initialDelay", cls().initial_delay),
            period=_seconds(probe, "period", cls().period),
            failures=int(probe.get("failureThreshold") or cls().failures),
        )

    def failed_after(self, seconds: float) -> int:
        """Return the number of probes that have failed after this time without an answer."""
        return 0 if seconds < self.initial_delay else 1 + int((seconds - self.initial_delay) / max(self.period, 1.0))


def _seconds(probe: dict[str, Any], name: str, default: float) -> float:
    found = seconds_of(probe.get(name) or "")
    return default if found is None else found
