"""`make bench`: every figure is measured here and now, and a claim about speed is a ratio of two figures of one run."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from deployments.local import processes
from tests.bench.events import events
from tests.bench.fleet import exchanges, fleet
from tests.bench.rollout import rollout

ROUNDS = 3
ROOT = Path(__file__).resolve().parents[2]


def timed(script: str, name: str, variables: dict[str, str]) -> tuple[float, str]:
    """Seconds of a script's whole process, imports included, and its last line."""
    began = time.perf_counter()
    command = [sys.executable, "-m", f"tests.bench.{script}", name]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return seconds, done.stdout.splitlines()[-1]


@contextlib.contextmanager
def stack(folder: Path, *options: str) -> Iterator[dict[str, str]]:
    """An emulator; gives its variables."""
    folder.mkdir()
    with processes.emulator(folder, *options) as variables:
        yield variables


def lifecycle_against_bare_script(folder: Path, prefect: dict[str, str]) -> None:
    """Operations of 0.2 s: what Prefect, checks and proof cost beside a script that has none of them."""
    bare, flow = [], []
    with stack(folder / "short") as azure:
        for number in range(ROUNDS):
            bare.append(timed("bare_sdk", f"bare{number}", azure)[0])
            flow.append(timed("lifecycle", f"flow{number}", azure | prefect)[0])
        shown(azure, "of all of these")
    a, b = statistics.median(flow), statistics.median(bare)
    print(
        f"lifecycle, operations of 0.2 s:  flow {a:.2f} s, bare SDK script {b:.2f} s → {a / b:.2f} times (at most 1.5)"
    )


def lifecycle_against_critical_path(folder: Path, prefect: dict[str, str]) -> None:
    """Operations of 2 s: what the flow adds to the longest chain of operations that Azure itself takes."""
    ratios = []
    with stack(folder / "long", "--operation-seconds", "2") as azure:
        for number in range(ROUNDS):
            seen = len(operations(azure))
            _, last = timed("lifecycle", f"path{number}", azure | prefect)
            path = critical_path(operations(azure)[seen:])
            ratios.append(float(last) / path)
            print(f"  run {float(last):.2f} s, critical path {path:.2f} s → {ratios[-1]:.2f}")
    print(f"lifecycle, operations of 2 s:    {statistics.median(ratios):.2f} times the critical path (at most 1.1)")


def critical_path(done: list[dict[str, Any]]) -> float:
    """The longest chain of what Azure took: workspace, then network beside endpoint, then deployment, then traffic."""
    took = [(one["kind"], one["ended"] - one["started"]) for one in done]
    print("   ", ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in took))
    of = {kind: [seconds for name, seconds in took if name == kind] for kind, _ in took}
    side_by_side = max(of["managed_network.provision"][0], of["endpoint.create"][0])
    return sum(of["deployment.write"]) + side_by_side + sum(of["online_deployment.create"]) + sum(of["endpoint.update"])


def operations(azure: dict[str, str]) -> list[dict[str, Any]]:
    """Every long-running operation so far."""
    with urllib.request.urlopen(azure["EMULATOR_CONTROL_URL"] + "/operations") as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def shown(azure: dict[str, str], what: str) -> None:
    """What the emulator's own part of each request was."""
    spent = sorted(e["milliseconds"] for e in exchanges(azure) if e["method"] == "GET" and "management" in e["url"])
    p99 = spent[int(len(spent) * 0.99)]
    print(f"emulator, {what}:  {len(spent)} GETs, inside it p50 {statistics.median(spent):.2f} ms, p99 {p99:.2f} ms")


def emulator_alone(folder: Path) -> None:
    """Start, memory, and a GET from a client's side, with few and with 10,000 resources."""
    began = time.perf_counter()
    with stack(folder / "alone") as azure:
        ready = time.perf_counter() - began
        here = [p for p in psutil.Process().children() if "deployments.emulator" in " ".join(p.cmdline())]
        few = _gets(azure)
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.requests_cost", "fill"], cwd=ROOT, env=os.environ | azure, check=True
        )
        assert done.returncode == 0
        many = _gets(azure)
        memory = sum(p.memory_info().rss for p in here) / 1e6
    print(f"emulator alone:  ready in {ready:.2f} s (under 3), {memory:.0f} MB with 10,000 resources (under 200)")
    print(f"  a GET, client included: p50 {few:.2f} ms, with 10,000 resources {many:.2f} ms → {many / few:.2f} times")


def _gets(azure: dict[str, str]) -> float:
    command = [sys.executable, "-m", "tests.bench.requests_cost", "get"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | azure, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Measure everything once."""
    with contextlib.ExitStack() as down:
        folder = Path(down.enter_context(tempfile.TemporaryDirectory(prefix="endpoint-bench-")))
        emulator_alone(folder)
        prefect = down.enter_context(processes.prefect_server(folder))
        processes.wait_for(prefect["PREFECT_API_URL"])
        lifecycle_against_bare_script(folder, prefect)
        lifecycle_against_critical_path(folder, prefect)
        rollout(folder / "rollout", prefect)
        fleet(folder / "fleet", prefect)
        events(prefect)


if __name__ == "__main__":
    main()
