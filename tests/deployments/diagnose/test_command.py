"""The diagnosis on a terminal, as a person runs it at 3 a.m.: what it shows, and its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest
from conftest import ROOT, RunningEmulator
from diagnostics_support import RECORD, finding
from management import Management

from deployments.diagnose.command import parse, scope_of
from deployments.diagnose.view import diagnosis_text, report_of, status_of
from tasks.domain.diagnoses import Diagnosis, EndpointDiagnosis, WorkspaceDiagnosis
from tasks.domain.diagnosis_text import Layout
from tasks.domain.finding import Finding
from tasks.domain.scope import Scope
from tasks.domain.verdict import judge_endpoint

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
GROUP, WORKSPACE = "rg-terminal", "terminal"
SCOPE = f"{GROUP}/{WORKSPACE}"
REQUEST = str(ROOT / "deployments" / "samples" / "sample-request.json")


def bare_environment() -> dict[str, str]:
    """The environment without any Azure, emulator or proxy in it."""
    unwanted = ("AZURE_", "EMULATOR_", "REQUESTS_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(unwanted) and "proxy" not in name.lower()
    }


def command(*options: str, environment: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Run it: exit status, what it shows, and what it says beside that."""
    done = subprocess.run(
        [sys.executable, "-m", "deployments.diagnose", *options],
        check=False,
        cwd=ROOT,
        env=bare_environment() | dict(environment or {}),
        capture_output=True,
        text=True,
        timeout=100,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def seeded(emulator_process: RunningEmulator) -> RunningEmulator:
    """Two healthy endpoints, one of them with keys."""
    endpoints = [{"name": "terminal-a"}, {"name": "terminal-b", "auth_mode": "Key"}]
    shape = {"name": WORKSPACE, "group": GROUP, "endpoints": endpoints}
    emulator_process.control("POST", "/seed", {"workspaces": [shape]})
    return emulator_process


@pytest.fixture
def azure(seeded: RunningEmulator, emulator: RunningEmulator) -> RunningEmulator:
    """The same without faults."""
    return emulator


def play(azure: RunningEmulator, scenario: str, **where: str) -> None:
    azure.control("POST", "/faults", {"scenario": scenario, "workspace": WORKSPACE, **where})


def test_healthy_is_0(azure: RunningEmulator) -> None:
    """A line for each endpoint, one sentence, no color codes in a pipe, and no secret."""
    status, shown, _ = command("--scope", SCOPE, "--request", REQUEST, environment=azure.variables)
    assert status == 0, shown
    assert f"✓ {SCOPE}/terminal-a" in shown
    assert "All 2 endpoints are healthy." in shown
    assert "\x1b" not in shown


def test_unhealthy_is_1(azure: RunningEmulator) -> None:
    """Verdict, cause and fix of the one; a line for the other."""
    play(azure, "traffic_zero", endpoint="terminal-a")
    status, shown, _ = command("--scope", SCOPE, "--request", REQUEST, environment=azure.variables)
    assert status == 1
    for part in (
        "UNHEALTHY",
        "Cause     SCORE-TRF-001",
        '--traffic "blue=100"',
        f"✓ {SCOPE}/terminal-b",
        "1 unhealthy",
    ):
        assert part in shown, part


def test_degraded_is_1(azure: RunningEmulator) -> None:
    """It serves, but is not healthy."""
    play(azure, "vault_shuts_azure_out")
    status, shown, _ = command("--scope", f"{SCOPE}/terminal-a", environment=azure.variables)
    assert status == 1
    assert "DEGRADED" in shown
    assert "SCORE-KV-001" in shown


def test_who_may_not_look_gets_2(azure: RunningEmulator) -> None:
    """What nobody could look at is never taken for well."""
    play(azure, "network_not_readable")
    status, shown, _ = command("--scope", f"{SCOPE}/terminal-a", environment=azure.variables)
    assert status == 2
    assert "UNKNOWN" in shown
    assert "AuthorizationFailed" in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--scope", "nowhere"), "ResourceGroupNotFound"),
        (("--scope", f"{GROUP}/nowhere"), "nowhere"),
        (("--scope", f"{SCOPE}/nobody-*"), "no endpoint is in scope"),
        (("--scope", "a/b/c/d"), "is no scope"),
        (("--scope", "/subscriptions/x/storageAccounts/y"), "is no scope"),
        (("--scope", "/subscriptions/x/resourceGroups"), "is no scope"),
        (("--subscription", "x"), "the GUID that `az account show` prints"),
        (("--request", "missing.json"), "missing.json"),
        (("--request", "BINARY"), "BINARY can't be read"),
        (("--request", "WORDS"), "the sample request for '*' is no JSON"),
        (("--format", "yaml"), "invalid choice"),
    ],
)
def test_what_can_not_be_looked_at_is_2(
    azure: RunningEmulator, options: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """With the reason, and no traceback."""
    (tmp_path / "BINARY").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "WORDS").write_text("{churn: 1}")
    options = tuple(str(tmp_path / one) if one in {"BINARY", "WORDS"} else one for one in options)
    status, shown, said = command(*options, environment=azure.variables)
    assert status == 2
    assert words in shown + said
    assert "Traceback" not in said


def test_without_an_environment_it_says_what_to_set() -> None:
    """Nobody is asked anything."""
    status, _, said = command()
    assert status == 2
    assert "AZURE_SUBSCRIPTION_ID is not set" in said


def test_a_failed_sign_in_is_told_once() -> None:
    """With what to set; Azure's library doesn't tell it a second time."""
    variables = {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION, "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
    status, _, said = command(environment=variables)
    assert status == 2
    assert said.count("EnvironmentCredential authentication unavailable") == 1
    assert "Next: Check AZURE_TENANT_ID" in said


def test_json_is_for_machines(azure: RunningEmulator) -> None:
    """Everything that was found, with the verdicts; and the exit status beside it."""
    play(azure, "traffic_zero", endpoint="terminal-b")
    status, shown, _ = command("--scope", SCOPE, "--request", REQUEST, "--format", "json", environment=azure.variables)
    told = json.loads(shown)
    assert status == told["exit_status"] == 1
    (workspace,) = told["workspaces"]
    causes = {one["name"]: (one["verdict"]["cause"] or {}).get("code") for one in workspace["endpoints"]}
    assert causes == {"terminal-a": None, "terminal-b": "SCORE-TRF-001"}
    assert workspace["findings"]
    assert told["requests"]["reads"]
    blind = json.loads(command("--scope", "nowhere", "--format", "json", environment=azure.variables)[1])
    assert blind["exit_status"] == 2
    assert "nowhere" in blind["message"]


def test_no_key_is_shown(azure: RunningEmulator) -> None:
    """Not even with everything listed."""
    play(azure, "traffic_zero")
    for form in ("text", "json"):
        _, shown, said = command(
            *("--scope", SCOPE, "--request", REQUEST, "--long", "--format", form), environment=azure.variables
        )
        secrets = [azure.variables["AZURE_CLIENT_SECRET"], *keys_of(azure)]
        assert not [one for one in secrets if one in shown + said]


def keys_of(azure: RunningEmulator) -> list[str]:
    """The keys that callers of terminal-b need."""
    path = f"/subscriptions/{azure.subscription}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices"
    address = f"{path}/workspaces/{WORKSPACE}/onlineEndpoints/terminal-b/listKeys"
    found = Management(azure).ask("POST", address, version="2024-10-01").json()
    return [found["primaryKey"], found["secondaryKey"]]


def test_long_lists_every_check(azure: RunningEmulator) -> None:
    """With the reason of each that was skipped; the logs are read too."""
    status, shown, _ = command("--scope", f"{SCOPE}/terminal-a", "--long", environment=azure.variables)
    assert status == 0, shown
    for code in ("SCORE-WS-001", "SCORE-DNS-003", "SCORE-LOG-001"):
        assert f"✓ {code}" in shown, code
    assert "- SCORE-CALL-001  No sample request was given" in shown


def test_a_scenario_has_an_emulator_of_its_own(tmp_path: Path) -> None:
    """It is put into the state, diagnosed, and gone: no process and no file is left."""
    status, shown, said = command("--scenario", "record_missing", environment={"TMPDIR": str(tmp_path)})
    assert status == 1, said
    assert "Cause     SCORE-DNS-003" in shown
    assert list(tmp_path.iterdir()) == []
    commands = [one.info["cmdline"] or [] for one in psutil.process_iter(["cmdline"])]
    assert [one for one in commands if str(tmp_path) in " ".join(one)] == []


def test_scenarios_are_listed_with_their_causes() -> None:
    """Each with the verdict and the root cause that the diagnosis has to name."""
    status, shown, _ = command("--scenario", "list")
    assert status == 0
    lines = {line.split()[0]: line for line in shown.splitlines()}
    assert "SCORE-DNS-003" in lines["record_missing"]
    assert lines["record_missing"].endswith(".")
    status, shown, _ = command("--scenario", "list", "--format", "json")
    assert {one["name"] for one in json.loads(shown)} == set(lines)
    status, _, said = command("--scenario", "nonsense")
    assert status == 2
    assert "there is no scenario 'nonsense'" in said


def test_it_needs_no_prefect() -> None:
    """At 3 a.m. two seconds of imports are long, and there may be no server."""
    code = (
        "import sys, deployments.diagnose.command; sys.exit('prefect' in sys.modules or 'azure.ai.ml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", f"subscription {SUBSCRIPTION}"),
        ("ml", "resource group ml"),
        ("ml/churn", "workspace ml/churn"),
        ("ml/churn/churn-prod", "endpoint churn-prod in ml/churn"),
        ("*/churn", "workspace */churn"),
        ("*/*/churn-prod", "endpoint churn-prod"),
        ("ml/churn/churn-*", "workspace ml/churn, only churn-*"),
        ("/ml/", "resource group ml"),
    ],
)
def test_a_scope_is_a_path(text: str, title: str) -> None:
    """From the widest to the narrowest; a star stands for any."""
    assert scope_of(text, {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION}, parse([])).title == title


def test_a_scope_may_be_an_arm_id() -> None:
    """As a portal, a report or an alert shows it; its subscription counts, not the environment's."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/ml"
    path = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/churn"
    endpoint_id = f"{path}/onlineEndpoints/churn-prod"
    other = {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION.replace("1", "2")}
    ids = (endpoint_id, endpoint_id.lower(), path, group)
    scopes = [scope_of(one, other, parse([])) for one in ids]
    assert {one.subscription_id for one in scopes} == {SUBSCRIPTION}
    endpoint_title = "endpoint churn-prod in ml/churn"
    titles = [endpoint_title, endpoint_title, "workspace ml/churn", "resource group ml"]
    assert [one.title for one in scopes] == titles
    assert scope_of(f"/subscriptions/{SUBSCRIPTION}", other, parse([])).title == f"subscription {SUBSCRIPTION}"


def test_resolvers_and_the_way_out_come_from_the_environment_or_the_options() -> None:
    """The emulator names its own; against Azure the options do."""
    variables = {
        "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
        "EMULATOR_DNS_AZURE": "127.0.0.1:53",
        "EMULATOR_DNS_CUSTOM": "127.0.0.2",
    }
    ours = scope_of("", variables, parse([]))
    assert (ours.resolvers.azure, ours.resolvers.custom) == ("127.0.0.1:53", "127.0.0.2")
    options = parse(["--custom-dns", "10.0.0.4", "--internet-proxy", "http://proxy:3128"])
    theirs = scope_of("", {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION}, options)
    assert (theirs.resolvers.azure, theirs.resolvers.custom) == ("168.63.129.16", "10.0.0.4")
    assert theirs.internet_proxy == "http://proxy:3128"


def diagnosis(*endpoints: tuple[Finding, ...]) -> Diagnosis:
    """A workspace with endpoints that have these findings."""
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/w"
    done = tuple(endpoint(f"{path}/onlineEndpoints/e-{at:02}", found) for at, found in enumerate(endpoints))
    return Diagnosis(workspaces=(WorkspaceDiagnosis(id=path, name="w", endpoints=done),))


def endpoint(resource_id: str, findings: tuple[Finding, ...]) -> EndpointDiagnosis:
    name, verdict = resource_id.rsplit("/", 1)[-1], judge_endpoint(resource_id, findings)
    return EndpointDiagnosis(id=resource_id, name=name, workspace="w", verdict=verdict, findings=findings)


def shown_of(found: Diagnosis) -> tuple[int, str]:
    report = report_of(found, Scope(subscription_id=SUBSCRIPTION), 1.0)
    return status_of(report), diagnosis_text(found, report, Layout(width=80))


def test_one_cause_is_told_once() -> None:
    """Forty endpoints behind one broken zone are one block and a list."""
    wrong = finding(evidence=RECORD)
    status, shown = shown_of(diagnosis(*[(wrong,)] * 40, ()))
    assert status == 1
    assert shown.count("Cause") == 1
    assert "The same at 39 more:" in shown
    assert "and 19 more" in shown
    assert "40 unhealthy, of 41 endpoints" in shown


def test_many_healthy_ones_are_a_short_list() -> None:
    """Twenty by name, the rest by number."""
    status, shown = shown_of(diagnosis(*[()] * 50))
    assert status == 0
    assert "and 30 more healthy ones" in shown
    assert len(shown.splitlines()) < 30


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([()], 0),
        ([(finding(status="WARN", severity="minor"),)], 1),
        ([(finding(),), (finding(status="ERROR"),)], 1),
        ([(), (finding(status="ERROR"),)], 2),
        ([], 2),
    ],
)
def test_the_exit_status_says_the_worst(found: list[tuple[Finding, ...]], status: int) -> None:
    """Something is wrong before something is unknown before all is well; nothing at all is no success."""
    some = diagnosis(*found) if found else Diagnosis()
    assert shown_of(some)[0] == status
