"""One emulator per test session, and what tests need to look into it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from prefect_server import RunningPrefect

ROOT = Path(__file__).resolve().parents[1]
SESSION_CORES = 100_000
SHARED = ROOT.parent / "shared"


@dataclass(frozen=True)
class RunningEmulator:
    """A started emulator: the variables its clients need, and its control address."""

    variables: dict[str, str]
    state_dir: Path
    pid: int

    @property
    def subscription(self) -> str:
        return self.variables["AZURE_SUBSCRIPTION_ID"]

    @property
    def ca_file(self) -> str:
        return self.variables["REQUESTS_CA_BUNDLE"]

    def control(self, method: str, path: str, document: Any = None) -> requests.Response:
        """Call the control address, past every proxy."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, self.variables["EMULATOR_CONTROL_URL"] + path, json=document, timeout=30)
        answer.raise_for_status()
        return answer

    def journal(self) -> list[dict[str, Any]]:
        """Every exchange so far."""
        return [json.loads(line) for line in self.control("GET", "/journal").text.splitlines()]

    def resources(self) -> list[dict[str, Any]]:
        """Every resource."""
        found: list[dict[str, Any]] = self.control("GET", "/resources").json()
        return found

    def fault(self, **fields: Any) -> None:
        """Set a fault: see deployments.emulator.faults.Fault."""
        self.control("POST", "/faults", fields)

    def clear_faults(self) -> None:
        self.control("DELETE", "/faults")

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock forward."""
        self.control("POST", "/clock", {"advance": seconds})

    def principal(self, **roles: str) -> dict[str, str]:
        """A new principal with a role on the whole subscription, e.g. `role="Reader"`."""
        scopes = {f"/subscriptions/{self.subscription}": role for role in roles.values()}
        found: dict[str, str] = self.control("POST", "/principals", {"roles": scopes}).json()
        return found


def read_env_file(file: Path) -> dict[str, str]:
    """The variables of an env file's `export` lines."""
    words = [shlex.split(line) for line in file.read_text().splitlines()]
    return dict(word.split("=", 1) for _, word in words)


@contextlib.contextmanager
def start_emulator(folder: Path, *options: str) -> Iterator[RunningEmulator]:
    """Run the emulator's own command line in a folder, and end it."""
    folder.mkdir(parents=True, exist_ok=True)
    env_file, state = folder / "env.sh", folder / "state"
    command = [sys.executable, "-m", "deployments.emulator", "--env-file", str(env_file), "--state-dir", str(state)]
    process = subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        ready = process.stdout.readline()
        assert ready.startswith("emulator ready"), f"the emulator ended with {process.wait()}"
        yield RunningEmulator(read_env_file(env_file), state, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        if process.stdout:
            process.stdout.close()


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """The session's emulator, with its variables in this process's environment.

    The variables are set before any test and taken back after the last: the SDKs read them when a client is made.
    """
    with start_emulator(tmp_path_factory.mktemp("emulator")) as emulator, pytest.MonkeyPatch.context() as patch:
        for name in [
            name for name in os.environ if name.startswith(("AZURE_", "EMULATOR_")) or "proxy" in name.lower()
        ]:
            patch.delenv(name)
        for name, value in emulator.variables.items():
            patch.setenv(name, value)
        raise_quota(emulator)
        yield emulator
        judge(emulator, tmp_path_factory.mktemp("judged") / "journal.jsonl")


def raise_quota(emulator: RunningEmulator) -> None:
    """More cores: all tests of a session together make more online deployments than one team's subscription lets it."""
    from management import Management  # noqa: PLC0415 -- it builds on this module

    place = f"/subscriptions/{emulator.subscription}/providers/Microsoft.MachineLearningServices/locations/westeurope"
    quota = {"id": f"{place}/quotas/standardDSv2Family", "type": "quotas", "limit": SESSION_CORES, "unit": "Count"}
    answer = Management(emulator).ask("POST", f"{place}/updateQuotas", {"value": [quota]}, version="2023-04-01-preview")
    answer.raise_for_status()


def judge(emulator: RunningEmulator, journal: Path) -> None:
    """Hold all that was exchanged against Microsoft's specifications, where these are at hand."""
    script = SHARED / "tools" / "judge_exchanges.py"
    if not script.is_file():
        return
    journal.write_bytes(emulator.control("GET", "/journal").content)
    command = [sys.executable, str(script), "--allow", str(ROOT / "tests" / "judge_allow.txt"), str(journal)]
    verdict = subprocess.run(command, capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, f"exchanges of this session deviate from the specifications:\n{verdict.stdout}"


@pytest.fixture
def emulator(emulator_process: RunningEmulator) -> Iterator[RunningEmulator]:
    """The session's emulator, without faults before and after the test. Resources stay: use names of your own."""
    emulator_process.clear_faults()
    yield emulator_process
    emulator_process.clear_faults()


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPrefect]:
    """The session's Prefect server; flows called in this process use it."""
    from prefect_server import start_prefect  # noqa: PLC0415 -- importing Prefect takes seconds; few tests need it

    with start_prefect(tmp_path_factory.mktemp("prefect")) as server:
        yield server


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with Azure's specifications, which is beside the project on the team's machines only."""
    if not SHARED.is_dir():
        pytest.skip("../shared with Azure's specifications is not there")
    return SHARED
