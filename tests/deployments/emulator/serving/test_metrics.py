"""Azure Monitor's metrics of endpoints and online deployments, from what really happened."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from support.emulator.serving_stage import Stage

from deployments.emulator.state import Resource


@pytest.fixture(scope="module")
def busy(stage: Stage) -> Resource:
    """An endpoint without a diagnostic setting: three good answers of blue, one failure, one caller without a key."""
    endpoint = stage.serve()
    deployment = stage.emulator.resources.require(f"{endpoint.id}/deployments/blue")
    stage.put(deployment.id, {**deployment.properties, "provisioningState": "Succeeded"}, sku={"capacity": 3})
    for asked in ({}, {}, {"sleep": 0.2}, {"fail": True}):
        stage.score(endpoint, asked)
    stage.score(endpoint, key="wrong")
    return endpoint


def asked(stage: Stage, resource: str, **query: str) -> requests.Response:
    with stage.session() as session:
        form = {
            "grant_type": "client_credentials",
            "scope": "https://management.azure.com/.default",
            "client_id": stage.variables["AZURE_CLIENT_ID"],
            "client_secret": stage.variables["AZURE_CLIENT_SECRET"],
        }
        tenant = stage.variables["AZURE_TENANT_ID"]
        token = session.post(f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", form, timeout=30).json()
        return session.get(
            f"https://management.azure.com{resource}/providers/Microsoft.Insights/metrics",
            params={"api-version": "2018-01-01", **query},
            headers={"Authorization": f"Bearer {token['access_token']}"},
            timeout=30,
        )


def series(answer: requests.Response) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """The data by name and dimensions."""
    assert answer.status_code == 200, answer.text
    return {
        (one["name"]["value"], *(each["value"] for each in part["metadatavalues"])): part["data"]
        for one in answer.json()["value"]
        for part in one["timeseries"]
    }


def test_requests_are_counted_by_what_is_asked_for(stage: Stage, busy: Resource) -> None:
    """Without a filter all together; with one, a series for each value, and only those that were chosen."""
    how = {"metricnames": "RequestsPerMinute", "aggregation": "total", "interval": "PT1H"}
    found = series(asked(stage, busy.id, **how))
    assert sum(one["total"] for one in found[("RequestsPerMinute",)]) == 5
    found = series(asked(stage, busy.id, **how, **{"$filter": "deployment eq 'blue' and statusCode eq '*'"}))
    counts = {name[-1]: sum(one["total"] for one in data) for name, data in found.items()}
    assert counts == {"200": 3, "424": 1}


def test_latencies_are_percentiles_of_the_requests(stage: Stage, busy: Resource) -> None:
    """In milliseconds; the slowest of four is their 95th percentile."""
    how = {"aggregation": "average,maximum", "interval": "PT1H", "$filter": "deployment eq 'blue'"}
    found = series(asked(stage, busy.id, metricnames="RequestLatency_P50,RequestLatency_P95", **how))
    slow, median = (max(one["maximum"] for one in found[(f"RequestLatency_P{at}", "blue")]) for at in (95, 50))
    assert slow >= 200
    assert median <= slow


def test_an_online_deployment_tells_of_its_instances(stage: Stage, busy: Resource) -> None:
    """Their number is what was asked for; a metric without data has no series."""
    blue = f"{busy.id}/deployments/blue"
    found = series(asked(stage, blue, metricnames="DeploymentCapacity,CpuUtilizationPercentage,GpuEnergyJoules"))
    assert {name: data[0]["average"] for (name,), data in found.items()} == {
        "DeploymentCapacity": 3.0,
        "CpuUtilizationPercentage": 5.0,
    }
    assert asked(stage, f"{busy.id}/deployments/nobody").status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"metricnames": "Coffee"}, "Failed to find metric configuration for provider"),
        (
            {"metricnames": "RequestLatency", "$filter": "color eq 'x'"},
            "does not support requested dimension combination: color, supported ones are: deployment",
        ),
        ({"metricnames": "RequestLatency", "$filter": "deployment is blue"}, "invalid filter"),
        ({"timespan": "yesterday"}, "invalid timespan"),
        ({"interval": "PT7S"}, "invalid time grain"),
        ({"aggregation": "median"}, "invalid aggregation"),
    ],
)
def test_a_wrong_question_is_refused(stage: Stage, busy: Resource, query: dict[str, str], said: str) -> None:
    """In the words of Azure Monitor, whose errors have no `error` around them."""
    answer = asked(stage, busy.id, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")
    assert said in answer.json()["message"]
