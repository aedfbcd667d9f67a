"""The diagnosis of a fleet, on an emulator that takes 50 ms for each request and keeps Azure's request limits.

`python -m tests.bench.fleet WORKSPACES`: one of another size, with 50 endpoints in each workspace.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.local import processes
from tasks.clients.transport.request_budget import ALLOWANCES

ROOT = Path(__file__).resolve().parents[2]
WORKSPACES, EACH, SAMPLE = 20, 50, 20
DELAY = 0.05
OPTIONS = ("--request-limits", "--scoring-backend", "static")
BUILD = "Private"  # a registry without public access, and a compute that builds its images


@dataclass(frozen=True)
class Sent:
    """What the emulator saw: requests of the control plane by method, all others, and refusals for their number."""

    management: Counter[str]
    others: int
    throttled: int


def fleet(folder: Path, prefect: dict[str, str] | None = None) -> None:
    """A thousand endpoints with Entra tokens, as the schedule meets them, and with keys, whose reading is a write."""
    sample(folder / "sample")
    for mode in ("AADToken", "Key"):
        measure(folder / mode, WORKSPACES, mode)
    if prefect:
        measure(folder / "flow", WORKSPACES, "AADToken", prefect)


def sample(folder: Path) -> None:
    """Beside a plain loop over the SDK: the same few endpoints, one after the other in one run."""
    with emulator(folder, 1, SAMPLE, "AADToken") as azure:
        ours = run(["tests.bench.diagnose_fleet", "engine"], azure)
        plain = run(["tests.bench.plain_loop", "seeded", "ml-000"], azure)
    ratio = plain["seconds"] / ours["seconds"]
    print(
        f"fleet, {SAMPLE} endpoints: {ours['seconds']:.2f} s, a plain loop over the SDK {plain['seconds']:.2f} s "
        f"→ {ratio:.1f} times as fast, with every check"
    )


def measure(folder: Path, workspaces: int, mode: str, prefect: dict[str, str] | None = None) -> None:
    """One fleet: time, size, and what was sent."""
    with emulator(folder, workspaces, EACH, mode) as azure:
        found = run(["tests.bench.diagnose_fleet", "flow" if prefect else "engine"], azure | (prefect or {}))
        sent = seen_by(azure)
    endpoints = found["endpoints"]
    assert endpoints == workspaces * EACH, found
    told = ", ".join(f"{count} {health}" for health, count in found["health"].items())
    print(f"fleet, {endpoints} endpoints in {workspaces} workspaces, {mode}, {'flow' if prefect else 'checks'}: {told}")
    print(
        f"  {found['seconds']:.1f} s ({least_seconds(found):.1f} s are the request limits' least), processor "
        f"{found['processor_seconds']:.1f} s, {found['megabytes']:.0f} MB at most, {sent.throttled} refusals (429)"
    )
    reads, writes = sent.management["GET"], sent.management.total() - sent.management["GET"]
    print(
        f"  control plane: {reads} reads = {reads / endpoints:.2f} for an endpoint (at most "
        f"{1 + 15 * workspaces / endpoints:.2f}), {writes} writes; {sent.others / endpoints:.1f} other requests each"
    )
    print(f"  not well: {found.get('not_well') or 'nothing'}", flush=True)


def least_seconds(found: dict[str, Any]) -> float:
    """What Azure's token buckets take for so many requests, however fast they are answered."""
    kinds = (ALLOWANCES["reads"], found["reads"]), (ALLOWANCES["writes"], found["writes"])
    return max(0.0, *((count - allowed.at_once) / allowed.per_second for allowed, count in kinds))


@contextlib.contextmanager
def emulator(folder: Path, workspaces: int, endpoints: int, mode: str) -> Iterator[dict[str, str]]:
    """An emulator with so many endpoints, each request of which takes 50 ms from here on; gives its variables."""
    folder.mkdir(parents=True)
    shape = {"workspaces": workspaces, "endpoints": endpoints, "auth_mode": mode, "registry": BUILD}
    with processes.emulator(folder, *OPTIONS) as azure:
        control(azure, "/seed", shape)
        control(azure, "/faults", {"action": "delay", "seconds": DELAY, "times": -1})
        yield azure


def control(azure: dict[str, str], path: str, document: Any) -> None:
    """Tell the emulator something."""
    address = azure["EMULATOR_CONTROL_URL"] + path
    urllib.request.urlopen(urllib.request.Request(address, json.dumps(document).encode(), method="POST")).close()


def seen_by(azure: dict[str, str]) -> Sent:
    """The emulator's journal, counted line by line: that of a large fleet is long."""
    management: Counter[str] = Counter()
    others = throttled = 0
    for one in exchanges(azure):
        throttled += one["status"] == 429
        if one["url"].startswith("https://management."):
            management[one["method"]] += 1
        else:
            others += 1
    return Sent(management, others, throttled)


def exchanges(azure: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Every exchange so far."""
    with urllib.request.urlopen(azure["EMULATOR_CONTROL_URL"] + "/journal") as answer:
        for line in answer:
            yield json.loads(line)


def run(script: list[str], variables: dict[str, str]) -> dict[str, Any]:
    """What a script's last line says."""
    command = [sys.executable, "-m", *script]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script[0]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(workspaces: int) -> None:
    """One fleet of this size."""
    with tempfile.TemporaryDirectory(prefix="endpoint-bench-") as folder:
        measure(Path(folder, "fleet"), workspaces, "AADToken")


if __name__ == "__main__":
    main(int(sys.argv[1]))
