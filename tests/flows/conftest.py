"""A job for each test of the flows, on the session's emulator and Prefect server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State
from support.diagnostics.runs import recorded_events
from support.diagnostics.stage import Stage, set_up, target_in
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.emulator.storage_accounts import storage_account
from support.events.intake_stage import ACCOUNT, Intake, new_intake
from support.lifecycle.stage import Job, new_job
from support.rollout.stage import Served, serve

_numbers = count()


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
    # As in Azure, the managed network takes longer than all that runs beside it.
    operation = {"operation": "managed_network.provision", "path": job.target.resource_group}
    emulator_process.fault(action="delay", seconds=3, **operation)
    return job, job.run()


@pytest.fixture(scope="session")
def _recorded(prefect_server: object) -> Iterator[None]:
    with recorded_events():
        yield


@pytest.fixture
def stage(emulator: RunningEmulator, _recorded: None) -> Stage:
    """A workspace that nobody looked at yet, with three healthy endpoints; for the diagnostics."""
    number = next(_numbers)
    group, name = f"rg-night-{number:02}", f"night-{number:02}"
    shape = {"name": name, "group": group, "endpoints": [{"name": f"{name}-{one}"} for one in ("a", "b", "c")]}
    emulator.control("POST", "/seed", {"workspaces": [shape]})
    return Stage(emulator, Management(emulator), target_in(emulator, group, name))


@pytest.fixture(scope="session")
def rollouts(emulator_process: RunningEmulator, _recorded: None) -> Stage:
    """A workspace for the endpoints that rollouts go to."""
    return set_up(emulator_process, "rg-rollouts")


@pytest.fixture
def served(rollouts: Stage, emulator: RunningEmulator, tmp_path: Path) -> Served:
    """An endpoint of the test's own."""
    return serve(rollouts, tmp_path)


@pytest.fixture(scope="module")
def intake_workspace(emulator_process: RunningEmulator, prefect_server: object) -> Stage:
    """A workspace whose events are sent to queues of one account."""
    storage_account(emulator_process, ACCOUNT)
    return set_up(emulator_process, "rg-intake")


@pytest.fixture
def intake(intake_workspace: Stage, emulator: RunningEmulator) -> Intake:
    """A queue and a model that nobody else has."""
    return new_intake(intake_workspace)
