"""How the numbers of a step are judged."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.analysis import Seen, analyzed
from tasks.domain.bake import tally
from tasks.domain.limits import Limits
from tasks.domain.measured import Fault, Measured, fault_of, from_rows, measured
from tasks.domain.scoring import ScoringAnswer, outcome_of

LIMITS = Limits(min_samples=10, failed_probes=2)


def probed(count: int = 20, milliseconds: float = 20, slow: int = 0, **faults: int) -> Measured:
    """So many answered probes, the last ones slow, and faults beside them."""
    kinds: dict[Fault, int] = faults  # type: ignore[assignment]
    return measured(kinds, [milliseconds / 1000] * (count - slow) + [1.0] * slow)


def seen(probes: Measured, **more: Any) -> Seen:
    return Seen(probes=probes, **more)


USUAL = seen(probed())
CASES: dict[str, tuple[Seen, Seen, dict[str, Any], str, str]] = {
    "well": (USUAL, USUAL, {}, "success", "20 samples, 0.0 % errors, 0.0 % throttled, p50 20 ms, p95 20 ms; before 20"),
    "well alone": (USUAL, Seen(), {}, "success", "nothing to compare with"),
    "probes at the failure limit": (seen(probed(200, model=2)), USUAL, {}, "success", "202 samples, 1.0 % errors"),
    "probes above it": (
        seen(probed(200, model=2, platform=1)),
        USUAL,
        {},
        "failed",
        "3 of 203 probes (2 model, 1 plat",
    ),
    "few, but plainly wrong": (seen(probed(0, model=3)), USUAL, {}, "failed", "failed 3 of 3 probes"),
    "errors in a row": (seen(probed(50, network=3), in_a_row=3), USUAL, {}, "failed", "3 probes in a row"),
    "too few": (seen(probed(9)), USUAL, {}, "inconclusive", "9 samples, and 10 are needed"),
    "too few, for the network": (
        seen(probed(9, network=2), in_a_row=1, first_failure="no answer"),
        USUAL,
        {},
        "inconclusive",
        "2 probes met no answer: no answer",
    ),
    "enough with the users'": (seen(probed(5), users=Measured(calls=5)), USUAL, {}, "success", "10 samples"),
    "users' errors": (
        seen(probed(), users=Measured(calls=980, faults={"model": 30})),
        USUAL,
        {},
        "failed",
        "3.0 % of 1000 calls failed (users 30 model), at most 1 %",
    ),
    "more errors than before": (
        seen(probed(), users=Measured(calls=980, faults={"platform": 30})),
        seen(probed(), users=Measured(calls=980, faults={"platform": 10})),
        {"error_percent": 5},
        "failed",
        "before 1.0 %, at most 1 points more",
    ),
    "no more errors than before": (
        seen(probed(), users=Measured(calls=980, faults={"platform": 30})),
        seen(probed(), users=Measured(calls=980, faults={"platform": 25})),
        {"error_percent": 5},
        "success",
        "before 1000 samples, 2.5 % errors",
    ),
    "throttled": (seen(probed(20, throttled=2)), USUAL, {}, "failed", "9.1 % of 22 calls were throttled, at most 5 %"),
    "slower": (seen(probed(milliseconds=150)), USUAL, {}, "failed", "median latency of probes is 150 ms, before 20 ms"),
    "slower, by what never matters": (seen(probed(milliseconds=110)), USUAL, {}, "success", ""),
    "slower, and nobody compares": (seen(probed(milliseconds=900)), USUAL, {"times_as_slow": 0}, "success", ""),
    "slow at the end": (seen(probed(slow=2)), USUAL, {}, "failed", "95th percentile latency of probes is 1000 ms"),
    "too few for a 95th percentile": (seen(probed(19, slow=2)), USUAL, {}, "success", "p95 –"),
    "above the median's limit": (USUAL, USUAL, {"p50_ms": 10}, "failed", "is 20 ms, at most 10 ms"),
    "above the percentile's limit": (USUAL, USUAL, {"p95_ms": 15}, "failed", "95th percentile latency of probes is 20"),
    "users wait": (
        seen(probed(), users=Measured(calls=50, p50_ms=400)),
        seen(probed(), users=Measured(calls=50, p50_ms=100)),
        {},
        "failed",
        "median latency of users is 400 ms, before 100 ms, at most 2 times as much",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_step_is_judged_by_its_numbers(case: str) -> None:
    """Outright failures count at once; rates and latencies need samples; too few of these are neither good nor bad."""
    new, old, limits, decision, said = CASES[case]
    found = analyzed(new, old, LIMITS.model_copy(update=limits))
    assert found.decision == decision, found
    assert said in found.reason


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        *((200, None), (424, "model"), (408, "model"), (500, "platform"), (503, "platform"), (0, "network")),
        *((429, "throttled"), (401, "refused"), (404, "refused")),
    ],
)
def test_whose_fault_a_status_is(status: int, fault: Fault | None) -> None:
    """Model, platform, network and throttling are told apart."""
    assert fault_of(status) == fault


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
    found = from_rows([(200, 30, 12.0, 40.0), (424, 2, 5.0, 5.0), (429, 1, None, None), (201, 3, 99.0, 99.0)])
    assert found == Measured(calls=36, faults={"model": 2, "throttled": 1}, p50_ms=12.0, p95_ms=40.0)
    assert from_rows([(200, 3, 12.0, 40.0)]).p95_ms is None
