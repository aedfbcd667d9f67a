"""What a rollout adds to what it waits for: Azure's own operations, and the bake times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from deployments import processes, rollout_stage

ROOT = Path(__file__).resolve().parents[2]
BAKE_SECONDS, STEPS = 10.0, (10, 50, 100)


def rollout(folder: Path, prefect: dict[str, str]) -> None:
    """Operations of 2 s and bakes of 10 s: the run's own seconds beside the sum of these."""
    folder.mkdir()
    with processes.emulator(folder, "--operation-seconds", "2") as azure:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.rollout"],
            cwd=ROOT,
            env=os.environ | azure | prefect,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"the rollout failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        spent, waited = (float(one) for one in done.stdout.splitlines()[-1].split())
    print(
        f"rollout, operations of 2 s:      {spent:.2f} s, waits {waited:.2f} s → {spent / waited:.2f} times (at most 1.1)"
    )


def main() -> None:
    """Roll out once in this process; the last line is the run's seconds and the sum of its waits."""
    from flows.endpoint_redeploy import endpoint_redeploy  # noqa: PLC0415 -- after Prefect's settings
    from tasks.azure_workspace import AzureWorkspace  # noqa: PLC0415
    from tasks.domain.rollout_requests import RolloutRequests  # noqa: PLC0415
    from tasks.domain.revision import Revision  # noqa: PLC0415
    from tasks.domain.strategy import Strategy  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        stage = rollout_stage.set_up(os.environ, rollout_stage.scenario_of("good"), Path(folder))
        seen = len(_operations())
        report: Any = endpoint_redeploy(
            AzureWorkspace.of(stage.target),
            stage.endpoint,
            RolloutRequests.model_validate(stage.requests),
            Revision.model_validate(stage.revision),
            Strategy(steps=STEPS, bake_seconds=BAKE_SECONDS),
        )
    azure = sum(one["ended"] - one["started"] for one in _operations()[seen:])
    print(report.seconds, azure + len(STEPS) * BAKE_SECONDS)


def _operations() -> list[dict[str, Any]]:
    with urllib.request.urlopen(os.environ["EMULATOR_CONTROL_URL"] + "/operations") as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


if __name__ == "__main__":
    main()
