"""The states of online deployments."""

from __future__ import annotations

import pytest
from checks_support import assert_judged, deployment, subject_of

from tasks.checks.online_deployments_are_provisioned import CHECK
from tasks.domain.finding import Status
from tasks.domain.online_deployment import OnlineDeployment
from tasks.domain.subject import Expectations

BLUE, GREEN = deployment("Blue"), deployment("green")
BAD_BLUE, BAD_GREEN = deployment("blue", "Failed"), deployment("green", "Failed")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        ((BLUE, GREEN), "PASS", "All 2"),
        ((), "FAIL", "has no online deployment"),
        ((BAD_BLUE, GREEN), "FAIL", "needs have failed: blue."),
        ((BLUE, BAD_GREEN), "WARN", "without traffic have failed: green."),
        ((BAD_GREEN,), "FAIL", "have failed: green."),
        ((BLUE, deployment("green", "Updating")), "WARN", "is running"),
    ],
)
def test_judge(seen: tuple[OnlineDeployment, ...], status: Status, words: str) -> None:
    """Those with traffic must have succeeded; blue has all of it."""
    assert_judged(CHECK, seen, status, words)


def test_a_deployment_that_the_call_names_is_needed_too() -> None:
    """Traffic doesn't matter for a call that names its deployment."""
    subject = subject_of(expectations=Expectations(online_deployment="green"))
    assert_judged(CHECK, (BLUE, BAD_GREEN), "FAIL", "needs have failed: green.", subject)
