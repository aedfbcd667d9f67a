"""How the numbers of a step are judged."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.azure.scoring import ScoringAnswer, outcome_of
from tasks.domain.rollout.analysis import StepMeasurements, analyzed
from tasks.domain.rollout.limits import Limits
from tasks.domain.rollout.measurements import Fault, Measured, Row, fault_of, from_rows, measured
from tasks.domain.rollout.step_result import Bake, tally

LIMITS = Limits(min_samples=10, failed_probes=2)


def probed(count: int = 20, milliseconds: float = 20, slow: int = 0, **faults: int) -> Measured:
    """So many answered probes, the last ones slow, and faults beside them."""
    kinds: dict[Fault, int] = faults  # type: ignore[assignment]
    return measured(kinds, [milliseconds / 1000] * (count - slow) + [1.0] * slow)


def seen(probes: Measured, **more: Any) -> StepMeasurements:
    return StepMeasurements(probes=probes, **more)


USUAL = seen(probed())
CASES: dict[str, tuple[StepMeasurements, StepMeasurements, dict[str, Any], str, str]] = {
    "well": (
        USUAL,
        USUAL,
        {},
        "success",
        "20 samples, 0.0 % errors, 0.0 % throttled, p50 20 ms, p95 20 ms; stable: 20",
    ),
    "well alone": (USUAL, StepMeasurements(), {}, "success", "no stable samples to compare with"),
    "probes at the failure limit": (seen(probed(200, model=2)), USUAL, {}, "success", "202 samples, 1.0 % errors"),
    "probes above it": (
        seen(probed(200, model=2, platform=1)),
        USUAL,
        {},
        "failed",
        "3 of 203 probes (2 model, 1 plat",
    ),
    "few, but plainly wrong": (seen(probed(0, model=3)), USUAL, {}, "failed", "failed 3 of 3 probes"),
    "errors in a row": (seen(probed(50, network=3), in_a_row=3), USUAL, {}, "failed", "3 consecutive probes failed"),
    "too few": (seen(probed(9)), USUAL, {}, "inconclusive", "9 samples, 10 required"),
    "too few, for the network": (
        seen(probed(9, network=2), in_a_row=1, first_failure="no answer"),
        USUAL,
        {},
        "inconclusive",
        "2 probes had no answer: no answer",
    ),
    "enough with the users'": (seen(probed(5), users=Measured(calls=5)), USUAL, {}, "success", "10 samples"),
    "users' errors": (
        seen(probed(), users=Measured(calls=980, faults={"model": 30})),
        USUAL,
        {},
        "failed",
        "3.0 % of 1000 calls failed (users 30 model), limit 1 %",
    ),
    "more errors than before": (
        seen(probed(), users=Measured(calls=980, faults={"platform": 30})),
        seen(probed(), users=Measured(calls=980, faults={"platform": 10})),
        {"error_percent": 5},
        "failed",
        "stable 1.0 %, limit 1 points more",
    ),
    "no more errors than before": (
        seen(probed(), users=Measured(calls=980, faults={"platform": 30})),
        seen(probed(), users=Measured(calls=980, faults={"platform": 25})),
        {"error_percent": 5},
        "success",
        "stable: 1000 samples, 2.5 % errors",
    ),
    "throttled": (seen(probed(20, throttled=2)), USUAL, {}, "failed", "9.1 % of 22 calls were throttled, limit 5 %"),
    "slower": (seen(probed(milliseconds=150)), USUAL, {}, "failed", "median latency of probes is 150 ms, stable 20 ms"),
    "slower, by what never matters": (seen(probed(milliseconds=110)), USUAL, {}, "success", ""),
    "slower, and nobody compares": (seen(probed(milliseconds=900)), USUAL, {"times_as_slow": 0}, "success", ""),
    "slow at the end": (seen(probed(slow=2)), USUAL, {}, "failed", "95th percentile latency of probes is 1000 ms"),
    "too few for a 95th percentile": (seen(probed(19, slow=2)), USUAL, {}, "success", "p95 –"),
    "above the median's limit": (USUAL, USUAL, {"p50_ms": 10}, "failed", "is 20 ms, limit 10 ms"),
    "above the percentile's limit": (USUAL, USUAL, {"p95_ms": 15}, "failed", "95th percentile latency of probes is 20"),
    "users wait": (
        seen(probed(), users=Measured(calls=50, p50_ms=400)),
        seen(probed(), users=Measured(calls=50, p50_ms=100)),
        {},
        "failed",
        "median latency of users is 400 ms, stable 100 ms, limit 2 times that",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_step_is_judged_by_its_numbers(case: str) -> None:
    """Outright failures count at once; rates and latencies need samples; too few of these are neither good nor bad."""
    new, old, limits, decision, said = CASES[case]
    found = analyzed(new, old, LIMITS.model_copy(update=limits))
    assert found.decision == decision, found
    assert said in found.reason


SURE_CASES: dict[
    str, tuple[StepMeasurements, StepMeasurements, bool]
] = {  # the next color, the old one, and whether it fails already
    "one failed call of a few": (seen(probed(11), users=Measured(calls=1, faults={"model": 1})), USUAL, False),
    "three of a few": (seen(probed(10), users=Measured(calls=3, faults={"model": 3})), USUAL, True),
    "every tenth": (seen(probed(4), users=Measured(calls=36, faults={"model": 4})), USUAL, True),
    "hardly above the limit": (seen(probed(), users=Measured(calls=480, faults={"model": 6})), USUAL, False),
    "twice the limit, for long": (seen(probed(), users=Measured(calls=1980, faults={"platform": 40})), USUAL, True),
    "a failed probe": (seen(probed(3, model=3)), USUAL, True),
    "all of too few": (seen(Measured(), users=Measured(calls=9, faults={"model": 9})), USUAL, False),
    "throttled once": (seen(probed(11), users=Measured(calls=1, faults={"throttled": 1})), USUAL, False),
    "throttled mostly": (seen(probed(4), users=Measured(calls=9, faults={"throttled": 8})), USUAL, True),
    "slow, by few": (seen(probed(19, 400)), USUAL, False),
    "slow, by many": (seen(probed(20, 400)), USUAL, True),
    "slow at the end, by few": (seen(probed(100, slow=10)), seen(probed(100)), False),
    "slow at the end, by many": (seen(probed(200, slow=20)), seen(probed(200)), True),
}


@pytest.mark.parametrize("case", SURE_CASES)
def test_before_its_end_a_step_fails_by_what_chance_does_not_explain(case: str) -> None:
    """One bad call in the first minute may be good again by the end; one in ten may not."""
    new, old, fails = SURE_CASES[case]
    assert (analyzed(new, old, LIMITS, so_far=True).decision == "failed") == fails


REFUSING: dict[str, tuple[Measured, Measured, str]] = {
    "both, alike": (Measured(calls=50, faults={"refused": 5}), Measured(calls=450, faults={"refused": 45}), "success"),
    "the next one alone": (Measured(calls=50, faults={"refused": 10}), Measured(calls=450), "failed"),
    "a single one": (Measured(calls=3, faults={"refused": 1}), Measured(calls=450), "success"),
    "nothing to compare with": (Measured(calls=50, faults={"refused": 10}), Measured(calls=19), "success"),
    "all of them": (Measured(calls=50, faults={"refused": 50}), Measured(calls=450, faults={"refused": 5}), "failed"),
}


@pytest.mark.parametrize("case", REFUSING)
def test_what_is_refused_to_users_counts_beside_the_old_color(case: str) -> None:
    """Wrong requests are not the model's fault; requests that the old one would take are."""
    mine, theirs, decision = REFUSING[case]
    found = analyzed(seen(probed(), users=mine), seen(probed(), users=theirs), LIMITS)
    assert found.decision == decision, found


def test_a_refused_probe_failed() -> None:
    """Probes send what the team has chosen."""
    assert analyzed(seen(probed(20, refused=3)), USUAL, LIMITS).decision == "failed"


@pytest.mark.parametrize(
    ("mine", "theirs", "decision"),
    [
        (Measured(calls=1, p50_ms=2000), Measured(calls=90, p50_ms=100), "success"),
        (Measured(calls=90, p50_ms=2000), Measured(calls=1, p50_ms=100), "success"),
        (Measured(calls=20, p50_ms=2000), Measured(calls=20, p50_ms=100), "failed"),
        (Measured(calls=30, faults={"throttled": 1, "model": 0}, p50_ms=2000), Measured(), "success"),
    ],
)
def test_a_handful_of_users_calls_is_no_latency(mine: Measured, theirs: Measured, decision: str) -> None:
    """Their requests differ: one that takes long anyway must not take a good model back."""
    assert analyzed(seen(probed(), users=mine), seen(probed(), users=theirs), LIMITS).decision == decision


@pytest.mark.parametrize(
    ("status", "model_status", "fault"),
    [
        *((200, None, None), (424, None, "model"), (408, None, "model"), (500, None, "platform")),
        *((503, None, "platform"), (0, None, "network"), (429, None, "throttled"), (401, None, "refused")),
        *((404, None, "refused"), (424, 500, "model"), (424, 400, "refused"), (424, 422, "refused")),
        *((424, 408, "model"), (424, 429, "throttled"), (200, 200, None), (424, 200, "model")),
    ],
)
def test_whose_fault_a_status_is(status: int, model_status: int | None, fault: Fault | None) -> None:
    """Model, platform, network, throttling and the caller are told apart; score.py has the last word on its own."""
    assert fault_of(status, model_status) == fault


def test_answers_are_counted_by_who_gave_them() -> None:
    """Faults by kind, the longest run of them, and the latencies of the rest."""
    statuses = [200, 424, 0, 429, 200, 500]
    answers = [
        ScoringAnswer(status=one, outcome=outcome_of(one, ""), body="", latency_seconds=0.1, deployment="Green")
        for one in statuses
    ]
    (green,) = tally(answers).values()
    assert green.faults == {"model": 1, "network": 1, "throttled": 1, "platform": 1}
    assert (green.answers, green.failed, green.in_a_row, len(green.latencies)) == (6, 4, 3, 2)


def test_counts_of_the_traffic_log() -> None:
    """Latencies are those of the answered calls; a percentile of a handful is none."""
    found = from_rows(
        [
            Row(status=200, model_status=200, calls=30, p50_ms=12.0, p95_ms=40.0),
            Row(status=424, model_status=500, calls=2, p50_ms=5.0, p95_ms=5.0),
            Row(status=424, model_status=400, calls=4, p50_ms=5.0, p95_ms=5.0),
            Row(status=429, calls=1),
            Row(status=201, calls=3, p50_ms=99.0, p95_ms=99.0),
        ]
    )
    assert found == Measured(calls=40, faults={"model": 2, "refused": 4, "throttled": 1}, p50_ms=12.0, p95_ms=40.0)
    assert from_rows([Row(status=200, calls=3, p50_ms=12.0, p95_ms=40.0)]).p95_ms is None


def test_the_old_color_is_compared_by_earlier_calls_where_it_has_none_now() -> None:
    """As when all traffic went over at once."""
    earlier = {"blue": Measured(calls=50)}
    bake = Bake(percent=100, traffic={"green": 100}, seconds=1, users={"blue": Measured(calls=3)}, earlier=earlier)
    assert bake.before("blue").users.calls == 50
    busy = bake.model_copy(update={"users": {"blue": Measured(calls=20)}})
    assert busy.before("blue").users.calls == 20
