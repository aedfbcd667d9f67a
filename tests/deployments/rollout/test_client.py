"""What the client of a rollout may see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deployments.rollout.client import Answer, summarize
from tasks.domain.rollout.step_result import Bake

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


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
    found = summarize([*USUAL, *more], BAKES, "green")
    assert found.is_as_expected == is_fine, found


def test_a_client_that_saw_nothing_proves_nothing() -> None:
    """It is not taken for a client that saw no error."""
    assert not summarize([], BAKES, "green").is_as_expected
