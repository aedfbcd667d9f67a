"""One rollout in a process of its own; the last line is the run's own seconds, and the sum of what it waited for."""

from __future__ import annotations

import json
import os
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from deployments.rollout import stage as rollout_stage
from flows.endpoint_redeploy import endpoint_redeploy
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.strategy import Strategy
from tasks.runtime.azure_workspace import AzureWorkspace

BAKE_SECONDS, STEPS = 10.0, (10, 50, 100)


def main() -> None:
    """Roll a good model out, in three steps."""
    with tempfile.TemporaryDirectory() as folder:
        stage = rollout_stage.set_up(os.environ, rollout_stage.scenario_of("good"), Path(folder))
        seen = len(operations())
        report: Any = endpoint_redeploy(
            AzureWorkspace.of(stage.target),
            stage.endpoint,
            RolloutRequests.model_validate(stage.requests),
            Revision.model_validate(stage.revision),
            Strategy(steps=STEPS, bake_seconds=BAKE_SECONDS),
        )
    azure = sum(one["ended"] - one["started"] for one in operations()[seen:])
    print(report.seconds, azure + len(STEPS) * BAKE_SECONDS)


def operations() -> list[dict[str, Any]]:
    """Every long-running operation of the emulator so far."""
    with urllib.request.urlopen(os.environ["EMULATOR_CONTROL_URL"] + "/operations") as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


if __name__ == "__main__":
    main()
