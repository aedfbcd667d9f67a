"""What a share of the traffic can be expected to get."""

from __future__ import annotations

import random

import pytest

from tasks.domain.binomial import expected_range


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
