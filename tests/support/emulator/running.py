"""A running emulator, as tests see it."""

from __future__ import annotations

import contextlib
import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from support.paths import ROOT, SHARED

SESSION_CORES = 100_000


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


def raise_quota(emulator: RunningEmulator) -> None:
    """More cores: all tests of a session together make more online deployments than one team's subscription lets it."""
    from support.emulator.management import Management  # noqa: PLC0415 -- it builds on this module

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
