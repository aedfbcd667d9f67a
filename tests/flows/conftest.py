"""A job for each test of the flows, on the session's emulator and Prefect server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lifecycle import Job, new_job
from prefect.client.schemas.objects import State

from conftest import RunningEmulator


@pytest.fixture
def job(emulator: RunningEmulator, prefect_server: object, tmp_path: Path) -> Job:
    """A lifecycle that nobody ran yet."""
    return new_job(emulator, tmp_path)


@pytest.fixture(scope="module")
def done(
    emulator_process: RunningEmulator, prefect_server: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Job, State[Any]]]:
    """A lifecycle that ran once in this module, and how it ended. Look, but leave it as it is."""
    job = new_job(emulator_process, tmp_path_factory.mktemp("done"))
    yield job, job.run()
