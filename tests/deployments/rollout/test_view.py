"""The exit status of a rollout."""

from __future__ import annotations

from collections import Counter

import pytest

from deployments.rollout.client import Answers, StepShare
from deployments.rollout.view import status_of
from tasks.domain.rollout.report import Outcome, RolloutReport


@pytest.mark.parametrize(
    ("outcome", "errors", "status"),
    [("promoted", 0, 0), ("rolled_back", 0, 1), ("refused", 0, 2), ("stuck", 0, 3), ("promoted", 1, 3)],
)
def test_the_exit_status(outcome: Outcome, errors: int, status: int) -> None:
    """What users met counts more than how the rollout ended."""
    counts = Counter({("blue", 200): 5, **({("blue", 424): errors} if errors else {})})
    client = Answers(counts, 0, (StepShare("at 10 %", 10, 1, 0, 5),))
    assert status_of(RolloutReport(outcome=outcome, endpoint="churn", title="t"), client) == status
