"""The package as `pip install` brings it: the newest of what it declares, no lock, no extra, no source tree."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.events.samples import WORKSPACE, grid_event
from support.paths import ROOT

pytestmark = [pytest.mark.bare, pytest.mark.timeout(600)]

PACKAGES = ("flows", "tasks", "deployments")
NEEDS_EXTRAS = {"emulator", "samples"}
COMMANDS = ("", "demo", "up", "down", "shell", "apply", "diagnose", "rollout", "events serve")
KEY = "a-key-of-this-test-and-of-nothing-else"
IMPORT_ALL = "import importlib, sys; [importlib.import_module(one) for one in sys.argv[1:]]"
ASK_PREFECT = """
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness
with prefect_test_harness(server_startup_timeout=120), get_client(sync_client=True) as client:
    print(client.read_flow_runs(), client.read_deployments())
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The interpreter of an environment that has the package, and no setuptools, as from Python 3.12 on."""
    source, environment = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("bare")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", source], check=True)
    subprocess.run([*pip, "uninstall", "--yes", "setuptools"], check=True)
    yield python
    shutil.rmtree(environment)  # a third of a gigabyte


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables without the project's, Azure's and Prefect's; nothing listens at Prefect's address."""
    kept = {name: one for name, one in os.environ.items() if not name.startswith(("AZURE_", "ENDPOINT_", "PYTHON"))}
    return kept | {"PREFECT_HOME": str(tmp_path / "home"), "PREFECT_API_URL": "http://127.0.0.1:9/api"}


def production_modules() -> list[str]:
    """Every module that no extra is needed for."""
    files = [file.relative_to(ROOT) for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    chosen = [one for one in files if not NEEDS_EXTRAS & set(one.parts) and one.name != "__main__.py"]
    return sorted(".".join(one.with_suffix("").parts).removesuffix(".__init__") for one in chosen)


def run(environment: dict[str, str], folder: Path, *command: str | Path) -> str:
    """What a command prints that ends well."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_every_production_module_is_importable(python: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """What is declared is enough to import everything but the emulator."""
    modules = production_modules()
    assert len(modules) > 100
    run(environment, tmp_path, python, "-c", IMPORT_ALL, *modules)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(python: Path, environment: dict[str, str], tmp_path: Path, command: str) -> None:
    """`--help` works from any folder."""
    told = run(environment, tmp_path, python.with_name("endpoint-ops"), *command.split(), "--help")
    assert f"Usage: endpoint-ops {command}".strip() in told


def test_prefect_answers_its_own_client(python: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """The newest FastAPI, SQLAlchemy and pydantic that Prefect allows are ones that its server works with."""
    assert run(environment, tmp_path, python, "-c", ASK_PREFECT).split()[-2:] == ["[]", "[]"]


def test_the_event_service_answers(python: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """It starts on a free port and answers Event Grid's handshake."""
    handshake = grid_event(data={"validationCode": "512d38b6"})
    handshake["eventType"] = "Microsoft.EventGrid.SubscriptionValidationEvent"
    headers = {"x-events-key": KEY, "aeg-event-type": "SubscriptionValidation"}
    with event_service(python, environment, tmp_path) as address:
        answer = httpx.post(address, json=[handshake], headers=headers, trust_env=False, timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"validationResponse": "512d38b6"})


@contextlib.contextmanager
def event_service(python: Path, environment: dict[str, str], folder: Path) -> Iterator[str]:
    """The service's own command; gives the address that events go to."""
    settings = {"ENDPOINT_OPS_EVENTS_TOPICS": WORKSPACE, "ENDPOINT_OPS_EVENTS_KEY": KEY}
    command = [python.with_name("endpoint-ops"), "events", "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, env=environment | settings, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        try:
            yield running.stdout.readline().split()[-1]
        finally:
            running.terminate()
