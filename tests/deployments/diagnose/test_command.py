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
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.paths import ROOT

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
    """Run it in an empty home: exit status, stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "deployments.diagnose", *options],
        check=False,
        cwd=ROOT,
        env=bare_environment() | {"AZURE_CONFIG_DIR": "nowhere"} | dict(environment or {}),
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
        (("--scope", "a/b/c/d"), "is not a valid scope"),
        (("--scope", "/subscriptions/x/storageAccounts/y"), "is not a valid scope"),
        (("--scope", "/subscriptions/x/resourceGroups"), "is not a valid scope"),
        (("--subscription", "x"), "the GUID that `az account show` prints"),
        (("--request", "missing.json"), "missing.json"),
        (("--request", "BINARY"), "BINARY can't be read"),
        (("--request", "WORDS"), "the sample request for '*' is not valid JSON"),
        (("-o", "yaml"), 'Invalid value "yaml"'),
        (("--nope",), "Unknown option: --nope"),
        (("--scope", SCOPE, "-w", "x"), "leave out -g, -w and -n"),
        (("--custom-dns", "dns.example"), "write its IP address"),
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
    assert "no subscription is given. Give --subscription, set AZURE_SUBSCRIPTION_ID" in said


@pytest.mark.parametrize("scope", [(), ("-g", GROUP, "-w", WORKSPACE, "-n", "terminal-a")])
def test_who_is_not_signed_in_is_told_what_to_do(scope: tuple[str, ...]) -> None:
    """One sentence and the next step; every credential that was tried only with --verbose."""
    variables = {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION, "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
    status, _, said = command(*scope, environment=variables)
    assert status == 2
    assert said == (
        "Not checked: not signed in to Azure.\n"
        "Next: Run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. "
        "--verbose shows the details.\n"
    )
    status, _, said = command(*scope, "--verbose", environment=variables)
    assert status == 2
    assert said.count("EnvironmentCredential authentication unavailable") == 1


def test_a_refused_secret_is_told_in_entras_words(azure: RunningEmulator) -> None:
    """Without the account of the whole chain of credentials."""
    status, _, said = command(environment={**azure.variables, "AZURE_CLIENT_SECRET": "wrong"})
    assert status == 2
    assert "Azure answered: AADSTS7000215: Invalid client secret" in said
    assert "DefaultAzureCredential" not in said


def test_the_first_line_says_where_and_from_which_source(azure: RunningEmulator) -> None:
    """Beside the result for people, on stderr for machines."""
    where = f"on the emulator at {azure.variables['HTTPS_PROXY'].removeprefix('http://')}"
    origin = "(group and workspace from the command line; subscription from AZURE_SUBSCRIPTION_ID)"
    first = f"Diagnosing endpoint terminal-a in {SCOPE} {where} {origin}"
    options = ("-g", GROUP, "-w", WORKSPACE, "-n", "terminal-a")
    _, shown, _ = command(*options, environment=azure.variables)
    assert shown.splitlines()[0] == first
    _, shown, said = command(*options, "-o", "tsv", environment=azure.variables)
    assert said.splitlines() == [first]
    assert shown.splitlines() == [f"{SCOPE}/terminal-a\thealthy\t\t\t"]


def test_json_is_for_machines(azure: RunningEmulator) -> None:
    """Everything that was found, with the verdicts; and the exit status beside it."""
    play(azure, "traffic_zero", endpoint="terminal-b")
    status, shown, _ = command("--scope", SCOPE, "--request", REQUEST, "-o", "json", environment=azure.variables)
    told = json.loads(shown)
    assert status == told["exit_status"] == 1
    (workspace,) = told["workspaces"]
    causes = {one["name"]: (one["verdict"]["cause"] or {}).get("code") for one in workspace["endpoints"]}
    assert causes == {"terminal-a": None, "terminal-b": "SCORE-TRF-001"}
    assert workspace["findings"]
    assert told["requests"]["reads"]
    blind = json.loads(command("--scope", "nowhere", "-o", "json", environment=azure.variables)[1])
    assert blind["exit_status"] == 2
    assert "nowhere" in blind["message"]


def test_no_key_is_shown(azure: RunningEmulator) -> None:
    """Not even with everything listed."""
    play(azure, "traffic_zero")
    for form in ("table", "json", "tsv", "junit"):
        _, shown, said = command(
            *("--scope", SCOPE, "--request", REQUEST, "--long", "-o", form), environment=azure.variables
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
    lines = {line.split()[0]: line for line in shown.splitlines()[1:]}
    assert "SCORE-DNS-003" in lines["record_missing"]
    assert lines["record_missing"].endswith(".")
    status, shown, _ = command("--scenario", "list", "-o", "json")
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
