"""What a person reads of a rollout."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.rollout.analysis import Analysis
from tasks.domain.rollout.measurements import Measured
from tasks.domain.rollout.plan import RolloutPlan
from tasks.domain.rollout.report import Moment, RolloutReport
from tasks.domain.rollout.report_page import report_markdown, steps_markdown
from tasks.domain.rollout.step_result import Bake, Tally

PLAN = RolloutPlan(
    endpoint="churn", title="model churn:2", source="blue", color="green", live={"blue": 100}, health="healthy"
)


def report(**changes: Any) -> RolloutReport:
    return RolloutReport(
        **{"outcome": "stuck", "endpoint": "churn", "title": "model churn:2", "color": "green"} | changes
    )


def test_a_way_back_that_failed_says_what_to_do() -> None:
    """First of all, with the command where the traffic before is known."""
    page = report_markdown(report(plan=PLAN, reason="Azure is away"))
    assert page.index("## Act now") < page.index("## Plan")
    assert 'az ml online-endpoint update --name churn --traffic "green=0 blue=100"' in page
    unknown = report_markdown(report())
    assert "Run the deployment *recover*" in unknown
    assert "az ml" not in unknown
    assert "Act now" not in report_markdown(report(outcome="rolled_back", plan=PLAN))


@pytest.mark.parametrize(
    ("seconds", "told"), [(59.4, "59 s"), (60, "1 min 0 s"), (1720, "28 min 40 s"), (90_000, "25 h 0 min")]
)
def test_times_are_told_as_people_say_them(seconds: float, told: str) -> None:
    """A rollout takes seconds in a test, and a day in earnest."""
    page = report_markdown(report(seconds=seconds, timeline=(Moment(seconds=seconds, what="at 10 %: failed"),)))
    assert page.count(told) == 2


def test_a_step_shows_both_colors_side_by_side() -> None:
    """Shares, counts, errors by whose they are, and latency of probes and users; copies are no share."""
    bake = Bake(
        percent=0,
        mirror=10,
        traffic={"Blue": 100},
        seconds=60,
        tallies={"blue": Tally(latencies=(0.02,)), "green": Tally(latencies=(0.03,), faults={"model": 1})},
        users={"blue": Measured(calls=9, p50_ms=15)},
        notes=("watched on",),
        analysis=Analysis(decision="failed", reason="failed 1 of 2 probes"),
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in steps_markdown((bake,)).splitlines()]
    assert ["mirroring 10 %", "blue 100 %", "1", "9", "0.0 %", "20 / 15", "–"] in rows
    assert ["mirroring 10 %", "green mirror", "2", "0", "50.0 %: probes 1 model", "30", "–"] in rows
    assert ["* mirroring 10 %: failed: failed 1 of 2 probes"] in rows
    assert ["* mirroring 10 %: watched on"] in rows
