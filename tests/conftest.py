"""One emulator per test session, and what tests need to look into it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.emulator.running import RunningEmulator, judge, raise_quota, start_emulator
from support.paths import SHARED

if TYPE_CHECKING:
    from support.prefect.server import RunningPrefect


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """The session's emulator, with its variables in this process's environment.

    The variables are set before any test and taken back after the last: the SDKs read them when a client is made.
    """
    with start_emulator(tmp_path_factory.mktemp("emulator")) as emulator, pytest.MonkeyPatch.context() as patch:
        for name in [
            name for name in os.environ if name.startswith(("AZURE_", "EMULATOR_")) or "proxy" in name.lower()
        ]:
            patch.delenv(name)
        for name, value in emulator.variables.items():
            patch.setenv(name, value)
        raise_quota(emulator)
        yield emulator
        judge(emulator, tmp_path_factory.mktemp("judged") / "journal.jsonl")


@pytest.fixture
def emulator(emulator_process: RunningEmulator) -> Iterator[RunningEmulator]:
    """The session's emulator, without faults before and after the test. Resources stay: use names of your own."""
    emulator_process.clear_faults()
    yield emulator_process
    emulator_process.clear_faults()


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPrefect]:
    """The session's Prefect server; flows called in this process use it."""
    from support.prefect.server import start_prefect  # noqa: PLC0415 -- importing Prefect takes seconds; few tests need it

    with start_prefect(tmp_path_factory.mktemp("prefect")) as server:
        yield server


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with Azure's specifications, which is beside the project on the team's machines only."""
    if not SHARED.is_dir():
        pytest.skip("../shared with Azure's specifications is not there")
    return SHARED
