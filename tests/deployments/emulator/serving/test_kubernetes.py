"""Endpoints in a cluster: the router's addresses over HTTPS and HTTP, and the cluster's configuration."""

from __future__ import annotations

import requests
from support.emulator.serving_stage import Stage

from deployments.emulator.services import kubernetes
from deployments.emulator.state import Resource

NAME = "https://ws-models.westeurope.cloudapp.azure.com/api/v1/endpoint"
ADDRESS = "http://10.20.15.250/api/v1/endpoint"


def serve(stage: Stage, scheme: str = "https") -> Resource:
    """An endpoint that is served from a cluster."""
    endpoint = stage.serve(properties={})
    stage.do(lambda: kubernetes.serve_from_cluster(stage.emulator, endpoint, scheme))
    return endpoint


def ask(stage: Stage, method: str, address: str, key: str = "first-key") -> requests.Response:
    with stage.session() as session:
        session.proxies["http"] = stage.variables["HTTP_PROXY"]
        return session.request(method, address, json={"n": 1}, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def test_a_cluster_scores_under_its_own_name(stage: Stage) -> None:
    """With the endpoint's keys, by the deployment that has the traffic."""
    endpoint = serve(stage)
    assert endpoint.properties["scoringUri"] == f"{NAME}/{endpoint.name}/score"
    answer = ask(stage, "POST", endpoint.properties["scoringUri"])
    assert (answer.status_code, answer.json()["asked"]) == (200, {"n": 1})
    assert ask(stage, "POST", endpoint.properties["scoringUri"], key="wrong").status_code == 401


def test_the_router_answers_over_both_protocols(stage: Stage) -> None:
    """`Swagger not found` is how a healthy router answers; other endpoints are not there."""
    name = serve(stage).name
    for address in (f"{NAME}/{name}/swagger.json", f"{NAME.replace('https', 'http')}/{name}/swagger.json"):
        answer = ask(stage, "GET", address)
        assert (answer.status_code, answer.text) == (404, "Swagger not found")
    assert ask(stage, "POST", f"{NAME}/nobody/score").status_code == 404


def test_an_endpoint_without_a_name_is_called_by_address(stage: Stage) -> None:
    """Over HTTP, several requests on one connection."""
    endpoint = serve(stage, "http")
    with stage.session() as session:
        session.proxies["http"] = stage.variables["HTTP_PROXY"]
        for _ in range(2):
            answer = session.post(
                f"{ADDRESS}/{endpoint.name}/score", json={}, headers={"Authorization": "Bearer first-key"}, timeout=30
            )
            assert answer.status_code == 200


def test_no_other_host_is_reached_over_http(stage: Stage) -> None:
    """Azure's own take HTTPS only, and the rest of the world is not there."""
    for address in ("http://management.azure.com/", "http://example.com/", "http://127.0.0.1/"):
        assert ask(stage, "GET", address).status_code == 405
