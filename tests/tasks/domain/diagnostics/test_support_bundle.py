"""Support bundles: everything that a ticket needs, and nothing that it must not have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import check_facts as facts
from support.diagnostics.summaries import NOW, RECORD, finding, summary

from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.diagnostics.context import DiagnosisContext
from tasks.domain.diagnostics.statistics import TrafficStatistics
from tasks.domain.diagnostics.support_bundle import bundle_files, bundle_name

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
SECRETS = {
    "a token": (f"calling with Authorization: Bearer {TOKEN}", TOKEN),
    "a bare token": (f"got {TOKEN}", TOKEN),
    "a signature": ("fetching https://a.blob.core.windows.net/c/f?sv=1&sig=abc%2Fdef", "abc%2Fdef"),
    "an account key": ("AccountName=a;AccountKey=QUJDREVG==;", "QUJDREVG"),
    "a password in an address": ("postgresql://app:hunter2@db/churn", "hunter2"),
    "an environment variable": ("DB_PASSWORD=hunter2", "hunter2"),
    "an endpoint's keys": ('{"primaryKey": "k-0123456789"}', "k-0123456789"),
    "a header": ("Ocp-Apim-Subscription-Key: k-0123456789", "k-0123456789"),
}


def case(**changes: Any) -> DiagnosisContext:
    base: dict[str, Any] = {
        "endpoint": facts.endpoint(),
        "workspace": facts.workspace(),
        "online_deployments": (facts.deployment(),),
        "private_endpoints": (facts.private_endpoint(),),
        "answers": (facts.dns("system", facts.PUBLIC), facts.dns("azure", facts.PRIVATE)),
        "call": facts.answer(503, "upstream"),
        "logs": (DeploymentLogs(endpoint="churn-prod", online_deployment="blue", inference_server="Traceback: x"),),
        "traffic": TrafficStatistics(hours=24, codes={200: 10, 503: 3}),
    }
    return DiagnosisContext(**base | changes)


def bundle(found: DiagnosisContext | None = None) -> dict[str, str]:
    first = summary("churn-prod", finding("SCORE-CALL-003", reason="HTTP 503: the platform failed."))
    wrong = finding(evidence=RECORD, reason="Not checked (HTTP 500, request id 0a1b2c3d-4e5f)")
    last = summary("churn-prod", wrong)
    return bundle_files([(first, ()), (last, (wrong, finding("SCORE-END-001", "PASS")))], found or case(), NOW)


def test_a_ticket_finds_what_it_needs() -> None:
    """Verdict, findings, states, DNS table, request ids, both looks, logs and counts."""
    files = bundle()
    assert files["README.md"].startswith("# churn-prod: unhealthy\n")
    assert "2026-08-14 03:00:00 UTC in ml/churn/churn-prod (westeurope)" in files["README.md"]
    assert files["diagnosis.txt"].index("SCORE-DNS-003") < files["diagnosis.txt"].index("SCORE-CALL-003")
    assert [one["code"] for one in json.loads(files["findings.json"])] == ["SCORE-DNS-003", "SCORE-END-001"]
    states = json.loads(files["states.json"])
    assert states["endpoint"]["traffic"] == {"blue": 100}
    assert states["online_deployments"][0]["provisioning_state"] == "Succeeded"
    assert states["workspace"]["managed_network"]["status"] == "Active"
    assert f"| {facts.PUBLIC} | {facts.PRIVATE} |" in files["dns.md"]
    assert "scoring call: x-request-id r-1, HTTP 503 (platform_error)" in files["requests.txt"]
    assert "SCORE-DNS-003: request id 0a1b2c3d-4e5f" in files["requests.txt"]
    assert files["logs/blue.inference-server.log"] == "Traceback: x"
    assert json.loads(files["statistics.json"])["traffic"]["codes"] == {"200": 10, "503": 3}


def test_empty_logs_make_no_files() -> None:
    """A container that said nothing has none; the README lists what could not be read, and why."""
    files = bundle(case(logs=(), missing={"logs": "read logs of blue: AuthorizationFailed"}))
    assert not [name for name in files if name.startswith("logs/")]
    assert "- logs: read logs of blue: AuthorizationFailed" in files["README.md"]


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_no_secret_is_in_it(text: str, secret: str) -> None:
    """Wherever one got in: logs, answers, tags, errors of reads."""
    poisoned = case(
        logs=(DeploymentLogs(endpoint="e", online_deployment="blue", inference_server=text, storage_initializer=text),),
        call=facts.no_answer(text),
        endpoint=facts.endpoint(tags={"note": text}),
        missing={"events": text},
    )
    for name, content in bundle(poisoned).items():
        assert secret not in content, name


def test_neither_request_nor_answer_is_in_it() -> None:
    """What was scored may be personal data, and so may what was answered."""
    files = bundle(case(call=facts.answer(200, '{"name": "Grace Hopper"}')))
    assert "Grace Hopper" not in "".join(files.values())


def test_one_file_for_one_incident() -> None:
    """The name has workspace, endpoint and the time since when it is unhealthy."""
    assert bundle_name("churn", "churn-prod", NOW) == "churn-churn-prod-20260814-0300.zip"
