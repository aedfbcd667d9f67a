"""What a rollout adds to what it waits for: Azure's own operations, and the bake times."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from deployments.local import processes

ROOT = Path(__file__).resolve().parents[2]


def rollout(folder: Path, prefect: dict[str, str]) -> None:
    """Operations of 2 s and bakes of 10 s: the run's own seconds beside the sum of these."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.bench.rollout_once"]
    with processes.emulator(folder, "--operation-seconds", "2") as azure:
        environment = os.environ | azure | prefect
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the rollout failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    own, waits = (float(one) for one in done.stdout.splitlines()[-1].split())
    print(f"rollout, operations of 2 s:      {own:.2f} s, waits {waits:.2f} s → {own / waits:.2f} times (at most 1.1)")
