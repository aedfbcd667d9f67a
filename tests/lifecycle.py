"""A lifecycle to run in tests: names of its own, and the samples in a folder that a test may change."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conftest import RunningEmulator
from prefect.client.schemas.objects import State
from prefect_flows import first_try

from flows.endpoint_lifecycle import endpoint_lifecycle
from flows.endpoint_teardown import endpoint_teardown
from tasks.domain.endpoint import EndpointSpec
from tasks.domain.online_deployment import OnlineDeploymentSpec
from tasks.domain.target import AzureTarget
from tasks.domain.workspace import WorkspaceSpec

SAMPLES = Path(__file__).resolve().parents[1] / "deployments" / "samples"
REGION = "westeurope"
# POSTs that read: they change nothing in Azure.
READING_POSTS = ("/listkeys", "/token", "/getlogs", "/listsecrets", "score", "/query")
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
    traffic: dict[str, int] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The flow's parameters, as values."""
        return {
            "target": self.target,
            "workspace": self.workspace,
            "endpoint": self.endpoint,
            "online_deployment": self.online_deployment,
            "sample_request": self.sample_request,
            "traffic": self.traffic,
        }

    def but(self, **changes: Any) -> Job:
        """The same job with other values."""
        return replace(self, **changes)

    def run(self) -> State[Any]:
        """Run the lifecycle to its end, whatever that is."""
        return first_try(endpoint_lifecycle, self.parameters)

    def tear_down(self, **options: Any) -> State[Any]:
        """Run the teardown to its end."""
        return first_try(endpoint_teardown, {"target": self.target, "endpoint": self.endpoint.name, **options})

    def file(self, name: str) -> Path:
        """One of the job's own files."""
        return self.folder / name

    def exchanges(self) -> list[dict[str, Any]]:
        """What was sent about this job's resources: its names are nobody else's."""
        marks = (f"/{self.target.resource_group}/".lower(), f"{self.endpoint.name}.".lower())
        return [
            one
            for one in self.emulator.journal()
            if any(mark in f"{one['url'].split('?')[0]}/".lower() for mark in marks)
        ]

    def writes(self) -> list[str]:
        """Method and path of every request that may have changed something, in order."""
        return [f"{one['method']} {path_of(one)}" for one in self.exchanges() if is_write(one)]

    def resources(self, kind: str = "") -> dict[str, dict[str, Any]]:
        """The job's resources in the emulator, by name."""
        mark = f"/resourcegroups/{self.target.resource_group}/".lower()
        here = [one for one in self.emulator.resources() if mark in f"{one['id'].lower()}/"]
        return {one["id"].rsplit("/", 1)[-1]: one for one in here if f"/{kind}".lower() in one["id"].lower()}


def address_of(exchange: dict[str, Any]) -> str:
    """An exchange's address in lower case, without its query."""
    return str(exchange["url"]).split("?", 1)[0].lower()


def path_of(exchange: dict[str, Any]) -> str:
    """The path of an exchange's address."""
    return str(exchange["url"]).split("?", 1)[0].partition("://")[2].partition("/")[2]


def is_write(exchange: dict[str, Any]) -> bool:
    """Whether a request may have changed something in Azure."""
    reads = exchange["method"] in {"GET", "HEAD"} or path_of(exchange).lower().endswith(READING_POSTS)
    return not reads


def new_job(emulator: RunningEmulator, folder: Path, name: str = "") -> Job:
    """A job whose names nobody else has."""
    name = name or f"job{next(_numbers)}"
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
    )
