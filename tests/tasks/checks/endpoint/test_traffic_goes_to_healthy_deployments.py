"""The traffic map against the deployments."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged, deployment, endpoint, subject_of

from tasks.checks.endpoint.traffic_goes_to_healthy_deployments import CHECK
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.diagnostics.finding import Status
from tasks.domain.diagnostics.subject import Expectations

BLUE, GREEN, BAD = deployment("Blue"), deployment("green"), deployment("green", "Failed")


@pytest.mark.parametrize(
    ("traffic", "seen", "status", "words"),
    [
        ({"blue": 100}, (BLUE,), "PASS", "All traffic"),
        ({"blue": 90, "green": 10}, (BLUE, GREEN), "PASS", "All traffic"),
        ({"blue": 0}, (BLUE,), "FAIL", "calls return 404"),
        ({}, (BLUE,), "FAIL", "calls return 404"),
        ({"blue": 90, "green": 10}, (BLUE, BAD), "FAIL", "10 percent of the traffic goes to green"),
        ({"gone": 100}, (BLUE,), "FAIL", "100 percent of the traffic goes to gone"),
        ({}, (), "SKIP", "no online deployment"),
    ],
)
def test_judge(traffic: dict[str, int], seen: tuple[OnlineDeployment, ...], status: Status, words: str) -> None:
    """Every share has to lead to a deployment that has not failed."""
    found = assert_judged(CHECK, seen, status, words, subject_of(endpoint(traffic=traffic)))
    assert status != "FAIL" or '--name churn-prod --traffic "Blue=100"' in found.remedy


def test_a_named_deployment_needs_no_traffic() -> None:
    """With the header azureml-model-deployment the map is not used."""
    idle = endpoint(traffic={})
    named = subject_of(idle, expectations=Expectations(online_deployment="green"))
    assert_judged(CHECK, (BLUE, GREEN), "PASS", "names online deployment green", named)
    assert_judged(CHECK, (BLUE, BAD), "FAIL", "which is missing or has failed", named)


def test_without_a_healthy_deployment_traffic_helps_nobody() -> None:
    """The remedy doesn't send traffic to a failed deployment."""
    found = assert_judged(CHECK, (deployment("blue", "Failed"),), "FAIL", "100 percent")
    assert "Fix an online deployment first" in found.remedy
