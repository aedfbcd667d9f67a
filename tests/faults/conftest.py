"""A job for each test of faults, on the session's emulator and Prefect server."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from support.diagnostics.stage import Stage, set_up
from support.emulator.running import RunningEmulator
from support.lifecycle.stage import Job, new_job
from support.rollout.stage import Served, serve


@pytest.fixture
def job(emulator: RunningEmulator, prefect_server: object, tmp_path: Path) -> Job:
    """A lifecycle that nobody ran yet."""
    return new_job(emulator, tmp_path)


@pytest.fixture(scope="session")
def usual(
    emulator_process: RunningEmulator, prefect_server: object, tmp_path_factory: pytest.TempPathFactory
) -> Counter[str]:
    """How many resources of each kind a run leaves behind that nothing disturbed."""
    job = new_job(emulator_process, tmp_path_factory.mktemp("usual"))
    assert job.run().is_completed()
    return job.kinds()


@pytest.fixture(scope="session")
def rollouts(emulator_process: RunningEmulator, prefect_server: object) -> Stage:
    """A workspace for the endpoints that rollouts go to."""
    return set_up(emulator_process, "rg-killed-rollouts")


@pytest.fixture
def served(rollouts: Stage, emulator: RunningEmulator, tmp_path: Path) -> Served:
    """An endpoint of the test's own."""
    return serve(rollouts, tmp_path)
