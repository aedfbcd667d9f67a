"""Rollouts whose Prefect server goes away in the middle."""

from __future__ import annotations

from away_prefect import forwarded
from conftest import RunningEmulator
from prefect_server import RunningPrefect
from rollout_stage import QUICK, Served
from waiting import until

from tasks.azure_workspace import AzureIdentity, AzureWorkspace

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
    assert "green was taken back: at 50 % green" in served.page()
    assert "green" in served.page("rollout-records")
    (run,) = served.runs()
    assert run.state
    assert "green was taken back: at 50 % green" in str(run.state.message)
