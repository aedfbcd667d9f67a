"""`make rollout`: what a person sees of a redeployment, and what the users of the endpoint saw."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import ROOT, RunningEmulator

from deployments.rollout.client import Answer, Seen, StepSeen, seen
from deployments.rollout.stage import SCENARIOS, scenario_of, set_up
from deployments.rollout.view import rollout_text, status_of
from tasks.domain.bake import Bake
from tasks.domain.rollout_report import Outcome, RolloutReport

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
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
    assert client.is_as_promised, told
    assert status_of(report, client) == EXIT[scenario.outcome]
    if name == "good":
        assert [one.title for one in client.steps] == ["at 10 %", "at 50 %", "at 100 %"]
        assert "at 50 %   green  50 %" in told
        assert any(bake.users for bake in report.bakes)


def answers(color: str, count: int, second: float, status: int = 200) -> list[Answer]:
    return [Answer(BEGAN + timedelta(seconds=second), color, status)] * count


def bake(percent: int, second: float) -> Bake:
    began = BEGAN + timedelta(seconds=second)
    return Bake(percent=percent, traffic={}, seconds=10, sent=began - timedelta(seconds=1), began=began)


BAKES = [bake(0, 0), bake(10, 20), bake(100, 40)]
USUAL = [*answers("blue", 200, 5), *answers("blue", 90, 25), *answers("Green", 10, 25), *answers("green", 50, 45)]


@pytest.mark.parametrize(
    ("more", "is_fine"),
    [
        ([], True),
        (answers("green", 1, 18.5), False),  # before the traffic was asked to go there
        (answers("green", 1, 19.5), True),  # while it was on its way
        (answers("blue", 1, 5, 424), False),
        (answers("", 1, 5, 0), False),
        (answers("green", 40, 25), False),  # four times its share
        (answers("blue", 1, 45), False),  # though green has all
    ],
)
def test_what_the_client_may_see(more: list[Answer], is_fine: bool) -> None:
    """No error, no early answer of the next color, and shares that chance explains."""
    found = seen([*USUAL, *more], BAKES, "green")
    assert found.is_as_promised == is_fine, found


def test_a_client_that_saw_nothing_proves_nothing() -> None:
    """It is not taken for a client that saw no error."""
    assert not seen([], BAKES, "green").is_as_promised


@pytest.mark.parametrize(
    ("outcome", "errors", "status"),
    [("promoted", 0, 0), ("rolled_back", 0, 1), ("refused", 0, 2), ("stuck", 0, 3), ("promoted", 1, 3)],
)
def test_the_exit_status(outcome: Outcome, errors: int, status: int) -> None:
    """What users met counts more than how the rollout ended."""
    counts = Counter({("blue", 200): 5, **({("blue", 424): errors} if errors else {})})
    client = Seen(counts, 0, (StepSeen("at 10 %", 10, 1, 0, 5),))
    assert status_of(RolloutReport(outcome=outcome, endpoint="churn", title="t"), client) == status


def test_the_list() -> None:
    """Every scenario with how it ends, below a head; a name that there is not is refused before anything starts."""
    command = [sys.executable, "-m", "deployments.rollout"]
    done = subprocess.run([*command, "list"], cwd=ROOT, capture_output=True, text=True, check=True)
    expected = [[one.name, one.outcome] for one in SCENARIOS]
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == expected
    listed = subprocess.run([*command, "list", "-o", "tsv"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.split("\t")[:2] for line in listed.stdout.splitlines()] == expected
    wrong = subprocess.run([*command, "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (wrong.returncode, "there is no scenario 'nonsense'" in wrong.stderr) == (3, True)
