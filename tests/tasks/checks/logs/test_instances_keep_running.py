"""Restarts and probes."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged

from tasks.checks.logs.instances_keep_running import CHECK, Observation
from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.statistics import InstanceEvents


@pytest.mark.parametrize(
    ("counts", "status", "words"),
    [
        ({}, "SKIP", "no event"),
        ({"Pulled": 3, "Started": 3, "ReadinessProbeFailed": 2}, "PASS", "keep running"),
        ({"Started": 3, "BackOff": 4}, "FAIL", "BackOff 4 times"),
        ({"LivenessProbeFailed": 1}, "FAIL", "LivenessProbeFailed 1 times"),
    ],
)
def test_judge(counts: dict[str, int], status: Status, words: str) -> None:
    """A readiness probe that fails while a container starts is no trouble."""
    assert_judged(CHECK, Observation(InstanceEvents(hours=24, counts=counts)), status, words)


def test_the_last_exception_of_a_container_that_is_gone_is_quoted() -> None:
    """A container that was started again has lost its own log; Log Analytics has kept it."""
    text = 'Traceback (most recent call last):\n  File "/s/score.py", line 9, in run\n    1/0\nZeroDivisionError: x\n'
    history = (DeploymentLogs(endpoint="churn-prod", online_deployment="blue", inference_server=text),)
    found = assert_judged(
        CHECK, Observation(InstanceEvents(hours=24, counts={"BackOff": 3}), history), "FAIL", "BackOff"
    )
    assert found.evidence[-1].what == "last exception of blue"
    assert found.evidence[-1].seen == "score.py:9 in run: ZeroDivisionError: x"
