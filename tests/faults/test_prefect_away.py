"""Rollouts whose Prefect server goes away in the middle."""

from __future__ import annotations

import socket
from uuid import uuid4

import pytest
from prefect import flow
from prefect.settings import PREFECT_API_URL, temporary_settings
from support.emulator.running import RunningEmulator
from support.prefect.away import forwarded
from support.prefect.server import RunningPrefect
from support.rollout.stage import QUICK, Served
from support.waiting import until

from tasks.clients.connect import connect
from tasks.domain.common.errors import WaitTimedOut
from tasks.domain.rollout.state import Rollout
from tasks.rollout.find_rollout import find_rollout
from tasks.runtime.azure_workspace import AzureIdentity, AzureWorkspace

PROMPT_SECONDS = 45.0


def test_the_way_back_needs_no_prefect(
    served: Served, emulator: RunningEmulator, prefect_server: RunningPrefect
) -> None:
    """The traffic is back promptly while the server is away, and the report and the run tell of it once it is there."""
    names = ("tenant_id", "client_id", "client_secret")
    secret = {name: emulator.variables[f"AZURE_{name.upper()}"] for name in names}
    AzureIdentity(method="client secret", **secret).save("away", overwrite=True)
    model = served.model(answer=1.07, raises_from=16)
    with (
        forwarded(prefect_server) as (reached, way),
        served.process(
            reached,
            target=AzureWorkspace.of(served.stage.target).model_copy(update={"identity": "away"}),
            revision={"kind": "model", "model": model},
            strategy={**QUICK, "steps": [50, 100], "bake_seconds": 40, "probes": 40},
        ) as process,
    ):
        until(lambda: served.endpoint().traffic.get("green") == 50, "the first step", process=process)
        way.close()
        until(lambda: served.endpoint().traffic.get("blue") == 100, "the way back", PROMPT_SECONDS, process)
        way.open()
        printed, _ = process.communicate(timeout=200)
    assert printed.splitlines()[-1] == "Failed", printed[-3000:]
    served.is_as_before()
    assert "green was rolled back: at 50 % green" in served.page()
    assert "green" in served.page("rollout-records")
    (run,) = served.runs()
    assert run.state
    assert "green was rolled back: at 50 % green" in str(run.state.message)


def test_who_waits_for_a_turn_waits_for_prefect_too(served: Served) -> None:
    """While Prefect can't say whether the run before is over, it counts as under way: to the end of the wait."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/api"
    with connect(served.stage.target) as azure:
        before = Rollout(id=str(uuid4()), run=str(uuid4()), endpoint=served.name, color="green", live={"blue": 100})
        azure.rollouts.begin(before)

    @flow
    def waiting() -> None:
        with temporary_settings({PREFECT_API_URL: nowhere}):
            find_rollout(served.stage.target, served.name, 1.0)

    with pytest.raises(WaitTimedOut, match=r"last state: .* Prefect does not answer"):
        waiting()
    with connect(served.stage.target) as azure:
        azure.rollouts.end(before)
