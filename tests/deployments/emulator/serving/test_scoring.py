"""The front of the scoring hosts, with the user's code running behind it."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from support.emulator.serving_stage import OTHER_KEY, Stage

from deployments.emulator.rights import Rights
from deployments.emulator.services.machine_learning.online_endpoints import endpoint_access
from deployments.emulator.state import Resource


def to(deployment: str) -> dict[str, str]:
    return {"azureml-model-deployment": deployment}


def two(stage: Stage, **properties: Any) -> Resource:
    """An endpoint with the deployments blue and green, in processes of their own."""
    endpoint = stage.endpoint(**properties)
    for name in ("blue", "green"):
        stage.start(stage.deployment(endpoint, name, environmentVariables={"NAME": name}))
    return endpoint


def test_either_key_opens_an_endpoint_with_keys(stage: Stage) -> None:
    """The answer is the container's, with the deployment it came from."""
    endpoint = stage.serve()
    answer = stage.score(endpoint, {"x": 1})
    assert (answer.status_code, answer.json()["asked"]) == (200, {"x": 1})
    assert answer.headers["azureml-model-deployment"] == "blue"
    assert answer.headers["content-type"] == "application/json"
    assert stage.score(endpoint, key=OTHER_KEY).status_code == 200


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        ("Bearer wrong", "key_auth_access_denied"),
        ("Bearer ", "key_auth_bad_header_forbidden"),
        ("Basic Zmlyc3Qta2V5", "key_auth_bad_header_forbidden"),
        ("", "key_auth_bad_header_forbidden"),
    ],
)
def test_a_wrong_key_is_refused_in_azures_words(stage: Stage, authorization: str, said: str) -> None:
    """401 with plain text, as the thread azure-docs#98265 shows it."""
    answer = stage.score(stage.endpoint(), headers={"Authorization": authorization})
    assert (answer.status_code, answer.text) == (401, said)


def test_a_token_of_the_endpoint_opens_it_until_it_expires(stage: Stage) -> None:
    """An aml_token is good for its own endpoint only, and on the emulator's clock."""
    endpoint, other = stage.serve(authMode="AMLToken"), stage.endpoint(authMode="AMLToken")
    directory = stage.emulator.directory
    token = stage.do(lambda: endpoint_access.token_of(stage.emulator, endpoint))
    expired = stage.do(lambda: directory.sign(endpoint_access.audience(endpoint), -1))
    foreign = stage.do(lambda: endpoint_access.token_of(stage.emulator, other))
    statuses = [stage.score(endpoint, key=key).status_code for key in (token, expired, foreign, "no-token")]
    assert statuses == [200, 401, 401, 401]


def test_an_entra_token_opens_an_endpoint_to_those_who_may_score(stage: Stage) -> None:
    """It takes the audience of Azure ML, and a role that has the score action."""
    endpoint = stage.serve(authMode="AADToken")
    directory = stage.emulator.directory

    def token(role: str, audience: str = "https://ml.azure.com") -> str:
        principal = stage.do(directory.add)
        stage.do(lambda: stage.emulator.part(Rights).assign(principal.object_id, stage.group, role))
        return stage.do(lambda: directory.sign(audience, 60, appid=principal.client_id, oid=principal.object_id))

    assert stage.score(endpoint, key=token("Owner")).status_code == 200
    for refused in (token("Reader"), token("Owner", "https://management.azure.com"), "no-token"):
        answer = stage.score(endpoint, key=refused)
        assert (answer.status_code, "Microsoft Entra Token denied by policy" in answer.text) == (401, True)


def test_traffic_is_split_by_weight(stage: Stage) -> None:
    """Four of five requests go to blue at 80 to 20."""
    endpoint = two(stage, traffic={"blue": 80, "green": 20})
    stage.seed(1)
    found = Counter(stage.score(endpoint).headers["azureml-model-deployment"] for _ in range(50))
    assert 34 <= found["blue"] <= 46
    assert found["blue"] + found["green"] == 50


def test_a_request_can_name_its_deployment(stage: Stage) -> None:
    """Also one without traffic; one that isn't there is 404."""
    endpoint = two(stage, traffic={"blue": 100})
    assert stage.score(endpoint, headers=to("green")).headers["azureml-model-deployment"] == "green"
    assert stage.score(endpoint, headers=to("red")).status_code == 404


@pytest.mark.parametrize("traffic", [{}, {"blue": 0}])
def test_an_endpoint_without_traffic_has_nothing_to_answer_with(stage: Stage, traffic: dict[str, int]) -> None:
    """404, in the words of the documentation."""
    answer = stage.score(stage.endpoint(traffic=traffic))
    assert (answer.status_code, "positive weight" in answer.text) == (404, True)


def test_mirror_traffic_gets_a_copy_of_what_names_no_deployment(stage: Stage) -> None:
    """The caller sees the live deployment's answer only."""
    endpoint = two(stage, traffic={"blue": 100}, mirrorTraffic={"green": 100})
    green = stage.emulator.resources.require(f"{endpoint.id}/deployments/green")
    answers = [stage.score(endpoint, {"say": "copied"}), stage.score(endpoint, {"say": "named"}, headers=to("blue"))]
    assert [answer.headers["azureml-model-deployment"] for answer in answers] == ["blue", "blue"]
    stage.score(endpoint, {"say": "last"}, headers=to("green"))
    log = stage.logs(green)
    assert ("copied" in log, "named" in log, "last" in log) == (True, False, True)


def test_half_of_the_requests_are_mirrored_at_fifty_percent(stage: Stage) -> None:
    """The percentage is drawn for each request."""
    endpoint = two(stage, traffic={"blue": 100}, mirrorTraffic={"green": 50}, logged=True)
    stage.seed(2)
    for _ in range(20):
        stage.score(endpoint)
    green = stage.emulator.resources.require(f"{endpoint.id}/deployments/green")
    assert 5 <= stage.logs(green).count("POST /score 200") <= 15


def test_a_model_that_takes_too_long_is_408(stage: Stage) -> None:
    """The limit is the deployment's request_timeout_ms."""
    endpoint = stage.endpoint(traffic={"blue": 100})
    stage.start(stage.deployment(endpoint, requestSettings={"requestTimeout": "PT0.2S"}))
    assert stage.score(endpoint, {"sleep": 0.5}).status_code == 408


def test_a_model_that_fails_is_424_with_its_own_status_and_body(stage: Stage) -> None:
    """Every answer but 200 of a container becomes 424, and headers say what it was."""
    answer = stage.score(stage.serve(), {"fail": True})
    assert answer.status_code == 424
    assert answer.headers["ms-azureml-model-error-statuscode"] == "500"
    assert answer.headers["ms-azureml-model-error-reason"] == "model_error"
    assert "An unexpected error occurred in scoring script" in answer.json()["message"]


def test_a_worker_that_dies_is_424_and_the_next_one_answers(stage: Stage) -> None:
    """A crash in run() costs the request that caused it."""
    endpoint = stage.serve()
    answer = stage.score(endpoint, {"crash": True})
    assert (answer.status_code, answer.headers["ms-azureml-model-error-statuscode"]) == (424, "502")
    assert stage.score(endpoint).status_code == 200


def test_too_many_pending_requests_are_429(stage: Stage) -> None:
    """Twice max_concurrent_requests_per_instance times the instances may be pending, and no more."""
    endpoint = stage.serve()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: stage.score(endpoint, {"sleep": 0.3}), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 429, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["ms-azureml-model-error-reason"] == "too_many_pending_request"
    assert stage.score(endpoint).status_code == 200


def test_more_instances_take_more_requests(stage: Stage) -> None:
    """The limit follows the deployment's settings."""
    endpoint = stage.endpoint(traffic={"blue": 100})
    stage.start(stage.deployment(endpoint, instances=2, requestSettings={"maxConcurrentRequestsPerInstance": 1}))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: stage.score(endpoint, {"sleep": 0.1}), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4


def test_the_request_id_is_azures_and_the_clients_own_id_is_kept(stage: Stage) -> None:
    """x-request-id becomes a GUID; x-ms-client-request-id is cut to 40 characters, and dropped if it has others."""
    endpoint = stage.serve()
    answer = stage.score(endpoint, headers={"x-request-id": "mine", "x-ms-client-request-id": "a-b_c" * 10})
    assert str(uuid.UUID(answer.headers["x-request-id"])) == answer.headers["x-request-id"]
    assert answer.headers["x-ms-client-request-id"] == ("a-b_c" * 10)[:40]
    answer = stage.score(endpoint, headers={"x-ms-client-request-id": "not valid!"})
    assert "x-ms-client-request-id" not in answer.headers


def test_every_path_of_the_container_is_served(stage: Stage) -> None:
    """The Swagger document and the health page need authentication too."""
    endpoint = stage.serve()
    assert stage.request(endpoint, "GET", "/swagger.json").json()["swagger"] == "2.0"
    assert stage.request(endpoint, "GET", "/").text == "Healthy"
    assert stage.request(endpoint, "GET", "/", key="wrong").status_code == 401
    answer = stage.request(endpoint, "GET", "/nothing")
    assert (answer.status_code, answer.headers["ms-azureml-model-error-statuscode"]) == (424, "404")


def test_path_and_query_reach_the_container_as_they_were_sent(stage: Stage) -> None:
    """Neither case nor order nor repetition nor escapes change on the way."""
    target = "/score?B=2&a=%20x&B=1&empty="
    assert stage.request(stage.serve(), "POST", target, {"query": True}).json() == target


def test_a_deployment_that_failed_is_not_started_by_a_request(stage: Stage) -> None:
    """It is told that the model isn't ready."""
    endpoint = stage.endpoint(traffic={"blue": 100})
    stage.deployment(endpoint, provisioningState="Failed")
    answer = stage.score(endpoint)
    assert (answer.status_code, answer.headers["ms-azureml-model-error-reason"]) == (424, "model_not_ready")


def test_a_name_that_no_endpoint_has_does_not_resolve(stage: Stage) -> None:
    """Through a proxy that shows as 502 on CONNECT."""
    absent = Resource("/absent", {})
    with pytest.raises(requests.exceptions.ProxyError, match="502"):
        stage.score(absent)


@pytest.mark.parametrize(
    ("workspace", "endpoint", "outside"),
    [
        ({"publicNetworkAccess": "Disabled"}, "Disabled", 403),
        ({"publicNetworkAccess": "Disabled"}, "Enabled", 200),
        ({"publicNetworkAccess": "Enabled"}, "Disabled", 403),
        ({"publicNetworkAccess": "Enabled"}, "Enabled", 200),
        ({"ipAllowlist": ["198.51.100.0/24"]}, "Enabled", 403),
        ({"ipAllowlist": ["203.0.113.0/24"]}, "Enabled", 200),
        ({"ipAllowlist": ["203.0.113.0/24"]}, "Disabled", 403),
        ({"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "198.51.100.7"}]}}, "Enabled", 403),
    ],
)
def test_public_callers_get_in_where_the_endpoint_and_the_selected_addresses_let_them(
    stage: Stage, workspace: dict[str, Any], endpoint: str, outside: int
) -> None:
    """Microsoft's matrix of public access; from inside, the private endpoint works in every case."""
    found = stage.emulator.resources.require(stage.workspace_id).properties
    before = dict(found)
    found.update(workspace)
    try:
        served = stage.serve(publicNetworkAccess=endpoint)
        assert stage.score(served, outside=True).status_code == outside
        assert stage.score(served).status_code == 200
    finally:
        found.clear()
        found.update(before)


def test_a_caller_in_the_network_needs_an_approved_private_endpoint(stage: Stage) -> None:
    """Without one, it comes from the internet like everybody else."""
    served = stage.serve(publicNetworkAccess="Disabled")
    with stage.without_private_endpoint():
        assert stage.score(served).status_code == 403
    assert stage.score(served).status_code == 200


def test_a_refused_public_caller_learns_nothing_of_the_keys(stage: Stage) -> None:
    """The network's refusal comes before the key is looked at."""
    served = stage.endpoint(publicNetworkAccess="Disabled")
    answers = [stage.score(served, key=key, outside=True) for key in ("wrong", OTHER_KEY)]
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (403, "Public network access is disabled for this endpoint.")
    }


def test_scoring_requests_are_in_the_journal_without_their_keys(stage: Stage) -> None:
    """The journal has addresses and bodies, and no header."""
    endpoint = stage.serve()
    stage.score(endpoint, {"marker": endpoint.name})
    journal = stage.app.journal.read().decode()
    assert re.search(rf'"url": "https://{endpoint.name}\.westeurope\.inference\.ml\.azure\.com/score"', journal)
    assert "first-key" not in journal
