"""An emulator of its own with one endpoint, put into a state by name."""

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
from tasks.clients.time_limits import TimeLimits

GROUP, WORKSPACE, ENDPOINT = "ml", "churn", "churn-prod"
REQUEST: Final = SAMPLES / "sample-request.json"
# What is on this machine answers at once or never.
TIME_LIMITS: Final = TimeLimits(answer=8, call=4, look=1, dns=0.5, pause=0.1)
_PATIENCE: Final = 60.0


@dataclass(frozen=True)
class Stage:
    """Where the endpoint is, and what a diagnosis has to know of it.

    Attributes:
        variables: What its clients need in their environment.
        expects: What is expected of the endpoint in this state, as a diagnosis takes it.
    """

    variables: Mapping[str, str]
    expects: Mapping[str, Any]
    scope: str = f"{GROUP}/{WORKSPACE}/{ENDPOINT}"
    request: Path = REQUEST


def known() -> list[dict[str, Any]]:
    """Every state, with the verdict and the root cause that a diagnosis comes to."""
    from deployments.emulator.scenarios import SCENARIOS  # noqa: PLC0415 -- an extra, which Azure's users don't install

    return [one.document() for one in SCENARIOS.values()]


@contextlib.contextmanager
def played(scenario: str) -> Iterator[Stage]:
    """A healthy endpoint in an emulator of its own, put into a state; all of it is gone afterwards.

    Raises:
        ValueError: When there is no such state.
        StartFailedError: When the emulator does not start.
    """
    found = next((one for one in known() if one["name"] == scenario), None)
    if found is None:
        raise ValueError(f"there is no scenario {scenario!r}: `--scenario list` prints all of them.")
    with tempfile.TemporaryDirectory(prefix="diagnosed-") as folder, processes.emulator(Path(folder)) as variables:
        endpoints = [{"name": ENDPOINT}]
        ask(variables, "/seed", {"workspaces": [{"name": WORKSPACE, "group": GROUP, "endpoints": endpoints}]})
        ask(variables, "/faults", {"scenario": scenario})
        yield Stage(alone(variables), found["expects"])


def alone(variables: Mapping[str, str]) -> dict[str, str]:
    """The emulator's variables, and no other proxy's: nothing here may leave the machine."""
    for name in [one for one in os.environ if "proxy" in one.lower()]:
        del os.environ[name]
    return dict(variables)


def ask(variables: Mapping[str, str], path: str, document: Mapping[str, Any]) -> None:
    """Post a document to the emulator's control address.

    Raises:
        StartFailedError: When it refuses.
    """
    address = variables["EMULATOR_CONTROL_URL"] + path
    request = urllib.request.Request(address, json.dumps(document).encode(), {"content-type": "application/json"})  # noqa: S310 -- our own loopback address
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_PATIENCE):
            return
    except urllib.error.HTTPError as error:
        raise processes.StartFailedError(f"the emulator refused {path}: {error.read().decode()}") from error
