"""A lifecycle to run in tests: names of its own, and the samples in a folder that a test may change."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State
from pydantic import BaseModel

from flows.common.approval import UNATTENDED
from flows.endpoint_lifecycle import endpoint_lifecycle
from flows.endpoint_teardown import endpoint_teardown
from support.emulator.azure_writes import written
from support.emulator.private_access import private_access_in
from support.emulator.running import RunningEmulator
from support.paths import PYTHONPATH, ROOT
from support.prefect.flows import first_try
from support.prefect.server import RunningPrefect
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.networking.private_access import PrivateAccessSpec
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure_workspace import AzureWorkspace

SCRIPT = Path(__file__).with_name("run_lifecycle.py")
SAMPLES = ROOT / "deployments" / "samples"
REGION = "westeurope"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Job:
    """What one lifecycle is asked to do; `folder` holds its files."""

    emulator: RunningEmulator
    folder: Path
    target: AzureTarget
    workspace: WorkspaceSpec
    endpoint: EndpointSpec
    online_deployment: OnlineDeploymentSpec
    sample_request: str
    private_access: PrivateAccessSpec | None = None
    traffic: dict[str, int] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The flow's parameters, as values."""
        return {
            "target": AzureWorkspace.of(self.target),
            "workspace": self.workspace,
            "endpoint": self.endpoint,
            "online_deployment": self.online_deployment,
            "sample_request": self.sample_request,
            "private_access": self.private_access,
            "traffic": self.traffic,
        }

    def but(self, **changes: Any) -> Job:
        """The same job with other values."""
        return replace(self, **changes)

    def run(self) -> State[Any]:
        """Run the lifecycle to its end, whatever that is."""
        return first_try(endpoint_lifecycle, self.parameters)

    @property
    def document(self) -> str:
        """The flow's parameters as JSON."""
        plain = {name: _plain(value) for name, value in self.parameters.items()}
        return json.dumps(plain)

    def process(self, prefect: RunningPrefect, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """The lifecycle in a process of its own, with its output in a pipe."""
        given = self.file("parameters.json")
        given.write_text(self.document)
        with given.open() as parameters:
            return subprocess.Popen(
                [sys.executable, str(SCRIPT), *arguments],
                cwd=ROOT,
                env={**os.environ, **prefect.variables, "PYTHONPATH": PYTHONPATH, **variables},
                stdin=parameters,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def tear_down(self, **options: Any) -> State[Any]:
        """Run the teardown to its end: without a question, unless `approval` is given."""
        place = {"target": AzureWorkspace.of(self.target), "endpoint": self.endpoint.name}
        with pytest.MonkeyPatch.context() as patch:
            if "approval" not in options:
                patch.setenv(UNATTENDED, "yes")
            return first_try(endpoint_teardown, {**place, **options})

    def file(self, name: str) -> Path:
        """One of the job's own files."""
        return self.folder / name

    def writes(self) -> list[str]:
        """Method and address of every request that may have changed something of this job, in order."""
        return written(self.emulator, self.target.resource_group)

    def resources(self, kind: str = "") -> dict[str, dict[str, Any]]:
        """The job's resources in the emulator, by name."""
        mark = f"/resourcegroups/{self.target.resource_group}/".lower()
        here = [one for one in self.emulator.resources() if mark in f"{one['id'].lower()}/"]
        return {one["id"].rsplit("/", 1)[-1]: one for one in here if f"/{kind}".lower() in one["id"].lower()}

    def kinds(self) -> Counter[str]:
        """How many resources of each kind the job has."""
        return Counter(one.get("type", "") for one in self.resources().values())


def new_job(emulator: RunningEmulator, folder: Path) -> Job:
    """A job whose names nobody else has."""
    name = f"job{next(_numbers):03d}"  # of one length, so that no name is the beginning of another
    files = folder / name
    shutil.copytree(SAMPLES, files)
    target = AzureTarget(
        subscription_id=emulator.subscription,
        resource_group=f"rg-{name}",
        workspace=f"ml-{name}",
        location=REGION,
        internet_proxy=emulator.variables["EMULATOR_INTERNET_PROXY"],
    )
    return Job(
        emulator=emulator,
        folder=files,
        target=target,
        workspace=WorkspaceSpec(),
        endpoint=EndpointSpec(name=f"{name}-endpoint", file=str(files / "endpoint.yml")),
        online_deployment=OnlineDeploymentSpec(name="blue", file=str(files / "blue-deployment.yml")),
        sample_request=str(files / "sample-request.json"),
        private_access=private_access_in(emulator.subscription),
    )


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def with_conda_file(job: Job) -> None:
    """Let the job's image be built, from packages of conda and of the public index."""
    packages = {"channels": ["conda-forge"], "dependencies": ["python=3.11", "pip", {"pip": ["numpy"]}]}
    job.file("conda.yml").write_text(json.dumps(packages))
    file = job.file("blue-deployment.yml")
    file.write_text(file.read_text().replace("environment:\n", "environment:\n  conda_file: conda.yml\n"))
