"""A job for each test of faults, on the session's emulator and Prefect server."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import RunningEmulator
from lifecycle import Job, new_job


@pytest.fixture
def job(emulator: RunningEmulator, prefect_server: object, tmp_path: Path) -> Job:
    """A lifecycle that nobody ran yet."""
    return new_job(emulator, tmp_path)
