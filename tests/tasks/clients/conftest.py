"""Targets in the session's emulator: an empty one for each test, and one that is ready for endpoints."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.emulator.private_access import connect_privately
from support.emulator.running import RunningEmulator
from support.paths import ROOT

from tasks.clients.connect import Azure, connect
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.target import AzureTarget


def target_named(emulator: RunningEmulator, group: str) -> AzureTarget:
    """A target in a resource group of this name."""
    return AzureTarget(
        subscription_id=emulator.subscription,
        resource_group=group,
        workspace="churn",
        location="westeurope",
        internet_proxy=emulator.variables["EMULATOR_INTERNET_PROXY"],
    )


def name_of(request: pytest.FixtureRequest, longest: int) -> str:
    """A name of the test's own: resources stay in the emulator between tests."""
    own = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower().removeprefix("test_"))
    return own[-longest:].strip("-")


@pytest.fixture
def target(emulator: RunningEmulator, request: pytest.FixtureRequest) -> AzureTarget:
    """A target with nothing in it."""
    return target_named(emulator, f"rg-{name_of(request, 60)}")


@pytest.fixture(scope="session")
def ready(emulator_process: RunningEmulator) -> AzureTarget:
    """A target whose workspace, network and private access are there."""
    target = target_named(emulator_process, "rg-ready")
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        azure.workspace.create_or_update(WorkspaceSpec())
        azure.network.provision(WorkspaceSpec())
    connect_privately(target)
    return target


@pytest.fixture
def azure(emulator: RunningEmulator, ready: AzureTarget) -> Iterator[Azure]:
    """The clients for the ready target."""
    with connect(ready) as clients:
        yield clients


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The sample files, in a folder where a test may change them."""
    return Path(shutil.copytree(ROOT / "deployments" / "samples", tmp_path / "files"))


@pytest.fixture
def endpoint_spec(files: Path, request: pytest.FixtureRequest) -> EndpointSpec:
    """An endpoint of the test's own."""
    return EndpointSpec(name=f"e{name_of(request, 30)}", file=str(files / "endpoint.yml"))
