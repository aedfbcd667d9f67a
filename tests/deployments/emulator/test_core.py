"""The emulator's gates, as a client without any SDK meets them."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests
from support.emulator.running import RunningEmulator, start_emulator
from support.paths import ROOT

SCOPE = "https://management.azure.com/.default"


def token(emulator: RunningEmulator, scope: str = SCOPE, **changes: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": emulator.variables["AZURE_CLIENT_ID"],
        "client_secret": emulator.variables["AZURE_CLIENT_SECRET"],
        "scope": scope,
    }
    address = f"https://login.microsoftonline.com/{emulator.variables['AZURE_TENANT_ID']}/oauth2/v2.0/token"
    return requests.post(address, form | changes, timeout=10)


def get(emulator: RunningEmulator, path: str, bearer: str | None = None) -> requests.Response:
    bearer = token(emulator).json()["access_token"] if bearer is None else bearer
    address = f"https://management.azure.com{path}"
    return requests.get(address, headers={"Authorization": f"Bearer {bearer}"}, timeout=10)


def group(emulator: RunningEmulator, name: str = "absent") -> str:
    return f"/subscriptions/{emulator.subscription}/resourceGroups/{name}?api-version=2021-04-01"


def test_other_hosts_are_refused_by_the_proxy(emulator: RunningEmulator) -> None:
    """Nothing but Azure's host names is let through, so nothing leaves the machine."""
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        requests.get("https://example.com", timeout=10)


def test_every_listening_socket_is_on_loopback(emulator: RunningEmulator) -> None:
    """No port of the emulator can be reached from another machine."""
    process = psutil.Process(emulator.pid)
    sockets = [c for p in [process, *process.children(recursive=True)] for c in p.connections()]
    listening = {c.laddr.ip for c in sockets if c.status == psutil.CONN_LISTEN or c.type == socket.SOCK_DGRAM}
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("bearer", "code"),
    [("", "AuthenticationFailed"), ("nonsense", "InvalidAuthenticationToken")],
)
def test_a_wrong_token_is_refused(emulator: RunningEmulator, bearer: str, code: str) -> None:
    """A missing or forged token is a 401 with Azure's code."""
    answer = get(emulator, group(emulator), bearer)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
    assert "WWW-Authenticate" in answer.headers


def test_a_token_for_another_audience_is_refused(emulator: RunningEmulator) -> None:
    """A token for Log Analytics does not open the management plane."""
    bearer = token(emulator, "https://api.loganalytics.io/.default").json()["access_token"]
    assert get(emulator, group(emulator), bearer).json()["error"]["code"] == "InvalidAuthenticationTokenAudience"


def test_a_token_expires_on_the_emulators_clock(tmp_path: Path) -> None:
    """An hour later the same token is refused as expired."""
    with start_emulator(tmp_path) as emulator:
        session = requests.Session()
        session.proxies, session.verify = {"https": emulator.variables["HTTPS_PROXY"]}, emulator.ca_file
        session.trust_env = False
        form = {
            "client_id": emulator.variables["AZURE_CLIENT_ID"],
            "client_secret": emulator.variables["AZURE_CLIENT_SECRET"],
            "scope": SCOPE,
        }
        login = f"https://login.microsoftonline.com/{emulator.variables['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        session.headers["Authorization"] = "Bearer " + session.post(login, form).json()["access_token"]
        address = f"https://management.azure.com{group(emulator)}"
        assert session.get(address).status_code == 404
        emulator.advance(3600)
        answer = session.get(address)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "ExpiredAuthenticationToken")


def test_a_wrong_secret_gets_no_token(emulator: RunningEmulator) -> None:
    """The token service refuses in its own form, with Entra's number."""
    answer = token(emulator, client_secret="wrong")
    assert answer.status_code == 401
    assert "AADSTS7000215" in answer.json()["error_description"]


def test_a_principal_without_a_role_is_refused(emulator: RunningEmulator) -> None:
    """403 AuthorizationFailed names the action and the scope."""
    stranger = emulator.principal()
    bearer = token(emulator, **stranger).json()["access_token"]
    error = get(emulator, group(emulator), bearer).json()["error"]
    assert error["code"] == "AuthorizationFailed"
    assert "Microsoft.Resources/subscriptions/resourceGroups/read" in error["message"]


def test_an_operation_that_is_not_served_says_so(emulator: RunningEmulator) -> None:
    """501, never an empty answer."""
    answer = get(emulator, "/providers/Microsoft.Quantum/operations?api-version=2023-01-01")
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "NotImplementedByEmulator")


@pytest.mark.parametrize(
    "body",
    [
        b'{"tags": ' + b"[" * 100_000,
        b'{"tags": ' + b'{"a": ' * 100 + b"1" + b"}" * 101,
        b'{"location": "westeurope", "tags": {"half": "\\ud800"}}',
        b'{"location": "westeurope", "tags": {"number": NaN}}',
    ],
    ids=["endless", "deep", "half a character", "no number"],
)
def test_a_document_that_nobody_could_read_again_is_refused(emulator: RunningEmulator, body: bytes) -> None:
    """It is a 400, and neither the resources nor the journal become unreadable by it."""
    headers = {
        "Authorization": f"Bearer {token(emulator).json()['access_token']}",
        "Content-Type": "application/json",
    }
    address = f"https://management.azure.com{group(emulator, 'hostile')}"
    answer = requests.put(address, body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidRequestContent")
    assert not [one for one in emulator.resources() if one["id"].endswith("/hostile")]
    assert emulator.journal()[-1]["status"] == 400


def test_an_injected_fault_hits_the_asked_number_of_requests(emulator: RunningEmulator) -> None:
    """A fault for two requests fails two, and the third is served."""
    emulator.fault(action="fail", status=503, path="/resourceGroups/faulty", times=2)
    bearer = token(emulator).json()["access_token"]
    assert [get(emulator, group(emulator, "faulty"), bearer).status_code for _ in range(3)] == [503, 503, 404]


@pytest.mark.parametrize("action", ["reset", "reset_after"])
def test_a_reset_ends_the_connection_without_an_answer(action: str, emulator: RunningEmulator) -> None:
    """No status, not even a 500; the next request is served."""
    bearer = token(emulator).json()["access_token"]
    emulator.fault(action=action, path="/resourceGroups/broken")
    with pytest.raises(requests.exceptions.ConnectionError):
        get(emulator, group(emulator, "broken"), bearer)
    assert get(emulator, group(emulator, "broken"), bearer).status_code == 404


def test_a_fault_with_an_unknown_field_is_refused(emulator: RunningEmulator) -> None:
    """A misspelt fault is an error, not a fault that never happens."""
    with pytest.raises(requests.HTTPError, match="400"):
        emulator.fault(action="fail", pth="x")


def test_the_journal_holds_no_secret(emulator: RunningEmulator) -> None:
    """Tokens and client secrets are redacted."""
    bearer = token(emulator).json()["access_token"]
    text = emulator.control("GET", "/journal").text
    assert bearer not in text
    assert emulator.variables["AZURE_CLIENT_SECRET"] not in text


def test_request_limits_refuse_the_251st_read_at_once(tmp_path: Path) -> None:
    """With --request-limits the bucket of reads holds 250; the answer says when to come back."""
    with start_emulator(tmp_path, "--request-limits") as emulator:
        script = """
import os, requests
from azure.identity import EnvironmentCredential
session = requests.Session()
session.headers["Authorization"] = "Bearer " + EnvironmentCredential().get_token("https://management.azure.com/.default").token
address = f"https://management.azure.com/subscriptions/{os.environ['AZURE_SUBSCRIPTION_ID']}/resourceGroups/x?api-version=2021-04-01"
for _ in range(400):
    answer = session.get(address)
    if answer.status_code == 429:
        print(answer.headers["Retry-After"], answer.json()["error"]["code"])
        break
    remaining = answer.headers["x-ms-ratelimit-remaining-subscription-reads"]
print(remaining)
"""
        environment = emulator.variables | {"PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == ["1", "SubscriptionRequestsThrottled", "0"]


def test_state_survives_kill_9(tmp_path: Path) -> None:
    """A killed emulator comes up with the same tenant, principal and subscription."""
    with start_emulator(tmp_path) as first:
        psutil.Process(first.pid).kill()
    with start_emulator(tmp_path) as second:
        names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_SUBSCRIPTION_ID")
        assert [first.variables[name] for name in names] == [second.variables[name] for name in names]


def test_help_names_every_option() -> None:
    """The command line documents itself."""
    command = [sys.executable, "-m", "deployments.emulator", "--help"]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for option in ("--env-file", "--state-dir", "--operation-seconds", "--request-limits"):
        assert option in text
