"""A job for each test of faults, on the session's emulator and Prefect server."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from conftest import RunningEmulator
from lifecycle import Job, new_job


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
