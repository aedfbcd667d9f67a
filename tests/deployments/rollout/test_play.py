"""A rollout that is played: what a person sees of it, and what the users of the endpoint got."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.emulator.running import RunningEmulator

from deployments.rollout.stage import scenario_of, set_up
from deployments.rollout.view import rollout_text, status_of

QUICK = {"steps": [10, 50, 100], "bake_seconds": 1, "probes": 10}
EXIT = {"promoted": 0, "rolled_back": 1, "refused": 2}


@pytest.mark.parametrize("name", ["good", "no_quota"])
def test_a_scenario_ends_as_it_says(
    emulator: RunningEmulator, prefect_server: object, tmp_path: Path, name: str
) -> None:
    """Users meet no error, nobody meets the next color early, and each step has its share of the calls."""
    from deployments.rollout.play import played  # noqa: PLC0415 -- importing Prefect takes seconds

    scenario = scenario_of(name)
    stage = set_up(emulator.variables, scenario, tmp_path, f"rollout-{name.replace('_', '-')}")
    report, client = played(replace(stage, strategy=QUICK))
    told = rollout_text(report, client)
    assert report.outcome == scenario.outcome, told
    assert client.is_as_expected, told
    assert status_of(report, client) == EXIT[scenario.outcome]
    if name == "good":
        assert [one.title for one in client.steps] == ["at 10 %", "at 50 %", "at 100 %"]
        assert "at 50 %   green  50 %" in told
        assert any(bake.users for bake in report.bakes)
