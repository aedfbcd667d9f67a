"""What a share of the traffic can be expected to get."""

from __future__ import annotations

import random

import pytest

from tasks.domain.rollout.binomial import expected_range, is_beyond


@pytest.mark.parametrize(
    ("calls", "percent", "fewest", "most"),
    [(0, 10, 0, 0), (100, 0, 0, 0), (100, 100, 100, 100), (100, 50, 34, 66), (100, 10, 2, 21), (5, 10, 0, 3)],
)
def test_the_range(calls: int, percent: int, fewest: int, most: int) -> None:
    """Nothing but the share itself at its ends; the known quantiles between."""
    assert expected_range(calls, percent) == (fewest, most)


def test_honest_draws_lie_within() -> None:
    """But for about one in a thousand."""
    draw = random.Random(1)
    fewest, most = expected_range(400, 10)
    outside = sum(not fewest <= sum(draw.random() < 0.1 for _ in range(400)) <= most for _ in range(1000))
    assert outside <= 4


@pytest.mark.parametrize(
    ("count", "calls", "percent", "beyond"),
    [
        *((0, 0, 1, False), (0, 100, 1, False), (1, 100, 1, False), (1, 12, 1, False), (3, 12, 1, True)),
        *((20, 1000, 1, False), (25, 1000, 1, True), (1, 1, 0, True), (5, 5, 100, False), (4, 4, 50, False)),
        *((8, 8, 50, True), (1_010_000, 100_000_000, 1, True), (1_000_100, 100_000_000, 1, False)),
    ],
)
def test_what_chance_does_not_explain(count: int, calls: int, percent: float, beyond: bool) -> None:
    """More than the share itself, by enough; for any number of calls."""
    assert is_beyond(count, calls, percent) == beyond
