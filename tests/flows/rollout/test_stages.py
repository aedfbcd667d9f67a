"""The order of a rollout's stages, and what ends the run in each."""

from __future__ import annotations

from typing import Any

import pytest
from support.check_facts import TARGET

from flows.rollout.run_state import RolloutRequest, Stage
from flows.rollout.stages import stages_of
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.strategy import Strategy

PREPARATION = ["require requests", "recover abandoned rollouts", "check for newer version", "plan", "begin"]
DEPLOYMENT = ["deploy candidate", "smoke test"]
PROMOTION = ["promote", "announce promotion"]
STAGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "canary": ({}, [*DEPLOYMENT, "shift to 10 %", "shift to 50 %", "shift to 100 %", *PROMOTION]),
    "linear": (
        {"preset": "linear"},
        [*DEPLOYMENT, *(f"shift to {percent} %" for percent in (20, 40, 60, 80, 100)), *PROMOTION],
    ),
    "blue_green": ({"preset": "blue_green"}, [*DEPLOYMENT, "shift to 100 %", *PROMOTION]),
    "shadow_only": ({"preset": "shadow_only"}, [*DEPLOYMENT, "mirror 10 %", "end shadow"]),
    "everything": (
        {
            "steps": (50, 100),
            "mirror_percent": 30,
            "approve_before_full": True,
            "keep_minutes": 5,
            "old_color": "remove",
        },
        [
            *DEPLOYMENT,
            "mirror 30 %",
            "shift to 50 %",
            "approve 100 %",
            "shift to 100 %",
            "promote",
            "keep stable",
            "announce promotion",
            "remove stable",
        ],
    ),
}


@pytest.mark.parametrize("case", STAGES)
def test_the_stages_of_each_preset_in_order(case: str) -> None:
    """Nothing is changed before the plan; live traffic comes after everything that needs none."""
    strategy, expected = STAGES[case]
    assert names(stages_of(request(strategy))) == [*PREPARATION, *expected]


def test_golden_requests_are_compared_before_any_traffic() -> None:
    """Unless the strategy compares nothing."""
    golden = RolloutRequests(golden_files=("golden.json",))
    assert names(stages_of(request({}, golden)))[5:9] == [*DEPLOYMENT, "compare answers", "shift to 10 %"]
    assert "compare answers" not in names(stages_of(request({"parity": {"compare": "nothing"}}, golden)))


def test_a_promotion_of_an_earlier_try_is_resumed_behind_it() -> None:
    """Nothing is deployed again, and no traffic is shifted step by step."""
    first = stages_of(request({"old_color": "remove"}))[1]
    resumed = first.run.keywords["resumed"]  # type: ignore[attr-defined]
    assert names(resumed) == ["resume promotion", "keep stable", "announce promotion", "remove stable"]


def test_what_an_error_leads_to_in_each_stage() -> None:
    """Refused before the rollout begins, rolled back after that, and raised once it is promoted."""
    stages = stages_of(request(STAGES["everything"][0]))
    on_error = [one.on_error for one in stages]
    assert on_error == ["refused"] * 5 + ["roll_back"] * 8 + ["raise"] * 2
    assert {one.name: one.on_stop for one in (*stages, *stages_of(request({"preset": "shadow_only"})))} == {
        **{one.name: "refused" for one in stages},
        "recover abandoned rollouts": "stuck",
        "check for newer version": "superseded",
        "mirror 10 %": "refused",
        "end shadow": "shadowed",
    }


def names(stages: tuple[Stage, ...]) -> list[str]:
    return [one.name for one in stages]


def request(strategy: dict[str, Any], requests: RolloutRequests | None = None) -> RolloutRequest:
    requests = requests or RolloutRequests(sample="[1]")
    return RolloutRequest(TARGET, "churn", requests, Revision(), Strategy.model_validate(strategy))
