"""A job for each test of the flows, on the session's emulator and Prefect server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import RunningEmulator
from lifecycle import Job, new_job
from prefect.client.schemas.objects import State


@pytest.fixture
def job(emulator: RunningEmulator, prefect_server: object, tmp_path: Path) -> Job:
    """A lifecycle that nobody ran yet."""
    return new_job(emulator, tmp_path)


@pytest.fixture(scope="module")
def done(
    emulator_process: RunningEmulator, prefect_server: object, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Job, State[Any]]:
    """A lifecycle that ran once in this module, and how it ended. Look, but leave it as it is."""
    job = new_job(emulator_process, tmp_path_factory.mktemp("done"))
    return job, job.run()
