"""An emulator with one endpoint, put into a state by name."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deployments.local import processes
from deployments.paths import SAMPLES
from tasks.clients.transport.time_limits import TimeLimits

GROUP, WORKSPACE, ENDPOINT = "ml", "churn", "churn-prod"
REQUEST: Final = SAMPLES / "sample-request.json"
# Servers on this machine answer at once or never.
TIME_LIMITS: Final = TimeLimits(answer=8, call=4, inspection=1, dns=0.5, pause=0.1)
_PATIENCE: Final = 60.0


@dataclass(frozen=True)
class Stage:
    """The endpoint, and what a diagnosis needs to know of it.

    Attributes:
        variables: The environment of its clients.
        expects: The expectations of the diagnosis in this state.
    """

    variables: Mapping[str, str]
    expects: Mapping[str, Any]
    scope: str = f"{GROUP}/{WORKSPACE}/{ENDPOINT}"
    request: Path = REQUEST


def known() -> list[dict[str, Any]]:
    """Return every state, with the health and the root cause that a diagnosis must find."""
    from deployments.emulator.scenarios import SCENARIOS  # noqa: PLC0415 -- an extra, which Azure's users don't install

    return [one.document() for one in SCENARIOS.values()]


@contextlib.contextmanager
def played(scenario: str) -> Iterator[Stage]:
    """Run an emulator with a healthy endpoint, and put it into a state; leave nothing behind.

    Raises:
        ValueError: There is no such state.
        StartFailedError: The emulator does not start.
    """
    found = next((one for one in known() if one["name"] == scenario), None)
    if found is None:
        raise ValueError(f"there is no scenario {scenario!r}: `--scenario list` prints all of them.")
    with tempfile.TemporaryDirectory(prefix="diagnosed-") as folder, processes.emulator(Path(folder)) as variables:
        endpoints = [{"name": ENDPOINT}]
        post(variables, "/seed", {"workspaces": [{"name": WORKSPACE, "group": GROUP, "endpoints": endpoints}]})
        post(variables, "/faults", {"scenario": scenario})
        yield Stage(alone(variables), found["expects"])


def alone(variables: Mapping[str, str]) -> dict[str, str]:
    """Remove every other proxy from the environment, so that no packet leaves the machine; return the variables."""
    for name in [one for one in os.environ if "proxy" in one.lower()]:
        del os.environ[name]
    return dict(variables)


def post(variables: Mapping[str, str], path: str, document: Mapping[str, Any]) -> None:
    """Post a document to the emulator's control address.

    Raises:
        StartFailedError: It refuses.
    """
    address = variables["EMULATOR_CONTROL_URL"] + path
    request = urllib.request.Request(address, json.dumps(document).encode(), {"content-type": "application/json"})  # noqa: S310 -- our own loopback address
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_PATIENCE):
            return
    except urllib.error.HTTPError as error:
        raise processes.StartFailedError(f"the emulator refused {path}: {error.read().decode()}") from error
