"""The stack of `make up` in a folder of its own, for tests that use it as its users do."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

from support.emulator.running import RunningEmulator, read_env_file
from support.paths import ROOT
from support.waiting import until

T = TypeVar("T")
_FOREIGN = ("AZURE_", "EMULATOR_", "PREFECT_", "ENDPOINT_OPS_")


@dataclass(frozen=True)
class LocalStack:
    """A stack that is up."""

    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """What a shell has that sourced the stack's file."""
        return read_env_file(self.folder / "env")

    @property
    def address(self) -> str:
        """The UI's address."""
        return self.variables["PREFECT_API_URL"].removesuffix("/api")

    @property
    def password(self) -> str:
        return self.variables["PREFECT_API_AUTH_STRING"]

    @property
    def emulator(self) -> RunningEmulator:
        return RunningEmulator(self.variables, self.folder / "emulator", 0)

    @property
    def workspace_id(self) -> str:
        group = f"/subscriptions/{self.emulator.subscription}/resourceGroups/rg-endpoints"
        return f"{group}/providers/Microsoft.MachineLearningServices/workspaces/ml-demo"

    def apply(self, **changes: str | None) -> subprocess.CompletedProcess[str]:
        """`make apply` in a shell that sourced the stack's file; None unsets a variable."""
        variables = {name: one for name, one in (self.variables | changes).items() if one is not None}
        return subprocess.run(
            [sys.executable, "-m", "deployments.apply"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def run(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Ask for a run of a deployment."""
        path = f"/deployments/{self.deployment(name)['id']}/create_flow_run"
        found: dict[str, Any] = self.ask("POST", path, {"parameters": parameters})
        return found

    def endpoints(self) -> set[str]:
        """The names of the endpoints that are there."""
        found = (one["id"].split("/") for one in self.emulator.resources())
        return {one[-1] for one in found if one[-2].lower() == "onlineendpoints"}

    def ask(self, method: str, path: str, document: Any = None) -> Any:
        """One request to the Prefect server's API."""
        user, _, password = self.password.partition(":")
        with requests.Session() as session:
            session.trust_env = False
            session.auth = (user, password)
            headers = {"Prefect-Csrf-Client": "tests"}
            token = session.get(f"{self.address}/api/csrf-token", params={"client": "tests"}, timeout=30).json()
            headers["Prefect-Csrf-Token"] = token["token"]
            answer = session.request(method, f"{self.address}/api{path}", json=document, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deployment(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/deployments/name/{name}")
        return found

    def runs(self, name: str) -> list[dict[str, Any]]:
        """The runs of this name, newest first."""
        document = {"flow_runs": {"name": {"any_": [name]}}, "sort": "START_TIME_DESC"}
        found: list[dict[str, Any]] = self.ask("POST", "/flow_runs/filter", document)
        return found

    def runs_of(self, name: str) -> int:
        """How many runs a deployment has had."""
        document = {"deployments": {"id": {"any_": [self.deployment(name)["id"]]}}}
        return int(self.ask("POST", "/flow_runs/count", document))

    def ended(self, name: str, after: int = 0) -> dict[str, Any]:
        """The newest run of this name, once it has ended, where there were so many before."""

        def look() -> dict[str, Any] | None:
            runs = self.runs(name)
            return runs[0] if len(runs) > after and runs[0]["state_type"] in FINAL else None

        return until(look, f"{name} to end")

    def ended_by_id(self, run_id: str) -> dict[str, Any]:
        """A run, once it has ended."""

        def look() -> dict[str, Any] | None:
            run: dict[str, Any] = self.ask("GET", f"/flow_runs/{run_id}")
            return run if run["state_type"] in FINAL else None

        return until(look, f"run {run_id} to end")

    def in_state(self, name: str, state: str) -> dict[str, Any]:
        """The newest run of this name, once it is in this state."""

        def look() -> dict[str, Any] | None:
            return next((one for one in self.runs(name)[:1] if one["state_name"] == state), None)

        return until(look, f"{name} to be {state}")

    def artifact(self, key: str) -> dict[str, Any]:
        """The newest artifact under this key."""
        document = {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC", "limit": 1}
        (found,) = self.ask("POST", "/artifacts/filter", document)
        return dict(found)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The newest events of this name."""
        found: list[dict[str, Any]] = self.ask("POST", "/events/filter", {"filter": {"event": {"name": [name]}}})[
            "events"
        ]
        return found

    def under_way(self, endpoint: str, kind: str) -> bool:
        """Whether Azure works on an operation of an endpoint."""
        operations = self.emulator.control("GET", "/operations").json()
        return any(one["kind"] == kind and endpoint in one["resource_id"] and not one["ended"] for one in operations)

    def prefer(self, name: str, **parameters: Any) -> None:
        """Other default parameters of a deployment, as a team sets them in the UI."""
        found = self.deployment(name)
        self.ask("PATCH", f"/deployments/{found['id']}", {"parameters": {**found["parameters"], **parameters}})

    def pages(self) -> list[dict[str, Any]]:
        """What the pager was told."""
        file = self.folder / "notifications.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def paged(self, part: str) -> dict[str, Any]:
        """The page whose subject has this in it, once it is there."""
        look: Callable[[], dict[str, Any] | None] = lambda: next(  # noqa: E731 -- typed
            (one for one in self.pages() if part in one["subject"]), None
        )
        return until(look, f"a page about {part!r}")


FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def command(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`endpoint-ops up` or `down` with the stack in this folder, in an environment that knows no other."""
    own = {name: one for name, one in os.environ.items() if not _is_foreign(name)}
    return subprocess.run(
        [sys.executable, "-m", "deployments.local", *arguments],
        cwd=ROOT,
        env={**own, "ENDPOINT_OPS_STACK": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def _is_foreign(name: str) -> bool:
    return name.startswith(_FOREIGN) or "proxy" in name.lower()


@contextlib.contextmanager
def start_local_stack(folder: Path) -> Iterator[LocalStack]:
    """Bring a stack up, and down again whatever happens."""
    try:
        done = command(folder, "up")
        assert done.returncode == 0, done.stdout + done.stderr
        yield LocalStack(folder)
    finally:
        down = command(folder, "down")
        assert down.returncode == 0, down.stdout + down.stderr
