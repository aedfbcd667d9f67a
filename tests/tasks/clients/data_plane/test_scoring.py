"""Scoring calls from inside and outside, against the emulator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.emulator.azure_writes import deploy

from tasks.clients.connect import Azure, connect
from tasks.domain.azure.endpoint import AuthMode, EndpointSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

REQUEST = '{"data": [[0.06, 0.05, 0.06, 0.02, -0.04, -0.03, -0.04, 0.0, 0.02, -0.02]]}'


@pytest.mark.parametrize("mode", ["key", "aml_token", "aad_token"])
def test_scoring_in_each_auth_mode(azure: Azure, files: Path, mode: AuthMode) -> None:
    """Inside it works, from the internet it is refused, and the answer tells who answered."""
    spec = EndpointSpec(name=f"auth-{mode.replace('_', '-')}", file=str(files / "endpoint.yml"), auth_mode=mode)
    azure.endpoints.create_or_update(spec)
    deploy(azure, spec.name, files)
    endpoint = azure.endpoints.set_traffic(spec.name, {"blue": 100})
    answer = azure.scoring.score(endpoint, REQUEST)
    assert (answer.status, answer.outcome, answer.deployment) == (200, "ok", "blue")
    assert answer.request_id
    assert endpoint.auth_mode == mode
    look = azure.scoring.call_from_internet(endpoint, REQUEST)
    assert look
    assert look.answer
    assert look.answer.outcome == "public_access_refused"


def test_a_named_deployment_is_named_in_its_own_request_only(
    azure: Azure, endpoint_spec: EndpointSpec, files: Path
) -> None:
    """Naming one deployment in a request leaves no trace on the next one."""
    azure.endpoints.create_or_update(endpoint_spec)
    for name in ("blue", "green"):
        deploy(azure, endpoint_spec.name, files, name)
    endpoint = azure.endpoints.set_traffic(endpoint_spec.name, {"blue": 100})
    assert azure.scoring.score(endpoint, REQUEST, online_deployment="green").deployment == "green"
    assert azure.scoring.score(endpoint, REQUEST).deployment == "blue"


def test_a_request_file_as_windows_editors_save_it(azure: Azure, tmp_path: Path) -> None:
    """A byte order mark is no part of the request, and other line ends are fine."""
    file = tmp_path / "request.json"
    file.write_bytes(b"\xef\xbb\xbf" + REQUEST.replace(" ", "\r\n").encode())
    assert azure.scoring.load_request(str(file)).startswith("{")


@pytest.mark.parametrize(
    ("content", "hint"), [(b'{"data": NaN}', "Correct the file."), (REQUEST.encode("utf-16"), "Save it as UTF-8.")]
)
def test_a_request_file_that_no_model_could_read(azure: Azure, tmp_path: Path, content: bytes, hint: str) -> None:
    """What Python alone takes for JSON, and text in another encoding, are refused with what to do."""
    file = tmp_path / "request.json"
    file.write_bytes(content)
    with pytest.raises(errors.InvalidSpec) as refusal:
        azure.scoring.load_request(str(file))
    assert refusal.value.hint == hint


def test_failures_of_scoring_are_answers(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """No traffic and a failing model are told apart, each with a hint."""
    azure.endpoints.create_or_update(endpoint_spec)
    deploy(azure, endpoint_spec.name, files)
    endpoint = azure.endpoints.get(endpoint_spec.name)
    assert endpoint
    assert azure.scoring.score(endpoint, REQUEST).outcome == "no_traffic"
    failed = azure.scoring.score(endpoint, "[]", online_deployment="blue")
    assert failed.outcome == "model_error"
    assert failed.model_error_status
    assert "log" in failed.hint


def test_a_way_out_that_does_not_work_proves_nothing(
    azure: Azure, ready: AzureTarget, endpoint_spec: EndpointSpec
) -> None:
    """A dead internet proxy is told from an endpoint that refuses."""
    endpoint = azure.endpoints.create_or_update(endpoint_spec)
    with connect(ready.model_copy(update={"internet_proxy": "http://127.0.0.1:9"})) as broken:
        look = broken.scoring.call_from_internet(endpoint, REQUEST)
    with connect(ready.model_copy(update={"internet_proxy": None})) as without:
        assert without.scoring.call_from_internet(endpoint, REQUEST) is None
    assert look
    assert look.answer is None
    assert not look.proxy_works


def test_a_renewed_key_is_fetched_again(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """A key that was renewed since it was fetched costs one more request, not a failure."""
    azure.endpoints.create_or_update(endpoint_spec)
    deploy(azure, endpoint_spec.name, files)
    endpoint = azure.endpoints.set_traffic(endpoint_spec.name, {"blue": 100})
    azure.scoring._secrets[endpoint.id] = "stale"
    assert azure.scoring.score(endpoint, REQUEST).is_ok


def test_no_secret_comes_out(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """No value of a scoring call holds the key that was used."""
    azure.endpoints.create_or_update(endpoint_spec)
    deploy(azure, endpoint_spec.name, files)
    endpoint = azure.endpoints.set_traffic(endpoint_spec.name, {"blue": 100})
    answer = azure.scoring.score(endpoint, REQUEST)
    secret = azure.scoring._secrets[endpoint.id]
    assert secret
    assert secret not in answer.model_dump_json() + endpoint.model_dump_json()


BINARY = """
from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse
from flask import Response

def init(): pass

@rawhttp
def run(request: AMLRequest):
    data = request.get_data()
    if request.headers["Content-Type"] == "image/png":
        return Response(data, mimetype="image/png")
    return AMLResponse({"bytes": len(data), "type": request.headers["Content-Type"]}, 200, json_str=True)
"""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_a_picture_is_sent_as_one(azure: Azure, endpoint_spec: EndpointSpec, files: Path) -> None:
    """With its own content type and bytes: the answer is shown by type and size."""
    (files / "code" / "score.py").write_text(BINARY)
    (files / "picture.png").write_bytes(PNG)
    (files / "rows.csv").write_bytes(b"a,b\n")
    azure.endpoints.create_or_update(endpoint_spec)
    deploy(azure, endpoint_spec.name, files)
    endpoint = azure.endpoints.set_traffic(endpoint_spec.name, {"blue": 100})
    picture, rows = (azure.scoring.load_request(str(files / name)) for name in ("picture.png", "rows.csv"))
    assert azure.scoring.score(endpoint, picture).body == "image/png, 108 bytes"
    assert json.loads(azure.scoring.score(endpoint, rows).body) == {"bytes": 4, "type": "text/csv"}
