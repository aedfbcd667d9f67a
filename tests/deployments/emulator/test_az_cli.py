"""The az commands that the guide uses, run unmodified: the package azure-cli, in an environment of its own."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.paths import ROOT

REGISTRY_VERSION, NETWORK_VERSION, VAULT_VERSION = "2023-07-01", "2023-11-01", "2023-07-01"
SECONDS = 90


class AzFailedError(AssertionError):
    """A command that ended with an error."""


class Az:
    """One signed-in az."""

    def __init__(self, command: str, emulator: RunningEmulator, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        settings = {"AZURE_CONFIG_DIR": str(folder), "AZURE_CORE_COLLECT_TELEMETRY": "no", "AZURE_CORE_NO_COLOR": "yes"}
        self._environment = {**kept, **emulator.variables, **settings}
        self.command = command
        self.emulator = emulator

    def run(self, *arguments: str) -> Any:
        """The parsed output of a command that has to succeed.

        Raises:
            AzFailedError: with what the command said.
        """
        done = subprocess.run(
            [self.command, *arguments, "--output", "json"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise AzFailedError(f"az {' '.join(arguments[:3])} ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture(scope="module")
def command() -> str:
    """The real az."""
    found = os.environ.get("AZ_CLI") or shutil.which("az")
    return found or pytest.skip("no az: put azure-cli into an environment of its own and name its az in AZ_CLI")


@pytest.fixture(scope="module")
def az(command: str, emulator_process: RunningEmulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Az]:
    """az, signed in with the service principal of the env file."""
    found = Az(command, emulator_process, tmp_path_factory.mktemp("az"))
    variables = emulator_process.variables
    secret = ("-u", variables["AZURE_CLIENT_ID"], "-p", variables["AZURE_CLIENT_SECRET"])
    accounts = found.run("login", "--service-principal", *secret, "--tenant", variables["AZURE_TENANT_ID"])
    assert [account["id"] for account in accounts] == [emulator_process.subscription]
    yield found
    found.run("logout")


@pytest.fixture
def management(az: Az) -> Management:
    return Management(az.emulator)


def test_groups_are_created_found_and_deleted(az: Az) -> None:
    """`az group create | exists | delete`."""
    assert az.run("group", "exists", "-n", "az-group") is False
    made = az.run("group", "create", "-n", "az-group", "-l", "westeurope", "--tags", "a=b")
    assert (made["location"], made["tags"], made["properties"]["provisioningState"]) == (
        "westeurope",
        {"a": "b"},
        "Succeeded",
    )
    assert az.run("group", "exists", "-n", "az-group") is True
    az.run("group", "delete", "-n", "az-group", "--yes")
    assert az.run("group", "exists", "-n", "az-group") is False


def test_a_vaults_firewall_is_listed(az: Az, management: Management) -> None:
    """`az keyvault network-rule list`, by name alone and with its group."""
    group = management.group()
    name = f"kv{group[-8:]}"
    tenant = az.emulator.variables["AZURE_TENANT_ID"]
    rules = {"defaultAction": "Deny", "bypass": "AzureServices"}
    properties = {"tenantId": tenant, "sku": {"name": "standard", "family": "A"}, "accessPolicies": []}
    wanted = {"location": "eastus", "properties": {**properties, "networkAcls": rules}}
    management.put(f"{group}/providers/Microsoft.KeyVault/vaults/{name}", wanted, VAULT_VERSION)
    expected = {**rules, "ipRules": [], "virtualNetworkRules": []}
    assert az.run("keyvault", "network-rule", "list", "-n", name) == expected
    assert az.run("keyvault", "network-rule", "list", "-n", name, "-g", group.rsplit("/", 1)[-1]) == expected


def make_waiting_connections(management: Management) -> tuple[str, list[dict[str, Any]]]:
    """A Premium registry with two private endpoints that wait for approval; its name, and its connections."""
    group = management.group()
    registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/cr{group[-8:]}"
    wanted = {"location": "eastus", "sku": {"name": "Premium"}, "properties": {}}
    management.put(registry, wanted, REGISTRY_VERSION)
    home = f"{management.subscription}/resourceGroups/network/providers/Microsoft.Network"
    subnet = {"id": f"{home}/virtualNetworks/callers/subnets/default"}
    connection = {"name": "c", "properties": {"privateLinkServiceId": registry, "groupIds": ["registry"]}}
    properties = {"subnet": subnet, "manualPrivateLinkServiceConnections": [connection]}
    for name in ("one", "two"):
        path = f"{group}/providers/Microsoft.Network/privateEndpoints/{name}"
        management.put(path, {"location": "eastus", "properties": properties}, NETWORK_VERSION)
    found = management.get(f"{registry}/privateEndpointConnections", REGISTRY_VERSION)["value"]
    return registry.rsplit("/", 1)[-1], found


def statuses(connections: list[dict[str, Any]]) -> list[str]:
    return [one["privateLinkServiceConnectionState"]["status"] for one in connections]


def test_a_registrys_connections_are_listed_and_approved(az: Az, management: Management) -> None:
    """`az acr private-endpoint-connection list | approve` and `az network private-endpoint-connection approve`."""
    registry, (one, two) = make_waiting_connections(management)
    listed = az.run("acr", "private-endpoint-connection", "list", "-r", registry)
    assert ([entry["id"] for entry in listed], statuses(listed)) == ([one["id"], two["id"]], ["Pending", "Pending"])
    approved = az.run("acr", "private-endpoint-connection", "approve", "-r", registry, "-n", one["name"])
    assert statuses([approved]) == ["Approved"]
    az.run("network", "private-endpoint-connection", "approve", "--id", two["id"], "--description", "fine")
    listed = az.run("acr", "private-endpoint-connection", "list", "-r", registry)
    assert statuses(listed) == ["Approved", "Approved"]
    assert listed[1]["privateLinkServiceConnectionState"]["description"] == "fine"


def test_the_records_of_a_private_zone_are_listed(az: Az, management: Management) -> None:
    """`az network private-dns record-set list`."""
    home = f"{management.subscription}/resourceGroups/network/providers/Microsoft.Network"
    zone = f"{home}/privateDnsZones/privatelink.api.azureml.ms"
    management.put(zone, {"location": "global"}, "2020-06-01")
    record = f"{zone}/A/az-record"
    management.put(record, {"properties": {"ttl": 30, "aRecords": [{"ipv4Address": "10.20.1.1"}]}}, "2020-06-01")
    found = az.run("network", "private-dns", "record-set", "list", "-z", "privatelink.api.azureml.ms", "-g", "network")
    entry = next(one for one in found if one["name"] == "az-record")
    assert (entry["ttl"], [a["ipv4Address"] for a in entry["aRecords"]]) == (30, ["10.20.1.1"])
    management.ask("DELETE", record, version="2020-06-01")


def test_a_wrong_secret_is_refused_in_entras_words(az: Az, tmp_path: Path) -> None:
    """AADSTS7000215, where no earlier token is kept."""
    stranger, variables = Az(az.command, az.emulator, tmp_path), az.emulator.variables
    wrong = ("-u", variables["AZURE_CLIENT_ID"], "-p", "wrong", "--tenant", variables["AZURE_TENANT_ID"])
    with pytest.raises(AzFailedError, match="AADSTS7000215"):
        stranger.run("login", "--service-principal", *wrong)


DOCUMENTS = [
    "README.md",
    "docs/diagnostics.md",
    "docs/emulator.md",
    "deployments/README.md",
    "deployments/cluster/README.md",
    "deployments/events/README.md",
]
_STATEMENT = re.compile(r"^(?:\w+=\$\()?az ")
NOTED = """#!/bin/sh
for one in "$@"; do printf '%s\\0' "$one"; done >> "$NOTES"
printf '\\n\\0' >> "$NOTES"
echo /subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/something
"""
SIGN_IN = {"AZURE_CLIENT_ID": "someone", "AZURE_CLIENT_SECRET": "x", "AZURE_TENANT_ID": "contoso.onmicrosoft.com"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_az_understands_what_the_documents_say(command: str, document: str, tmp_path: Path) -> None:
    """Each command of a console block, as a shell reads it, passes az's own parser; it would go on to sign in."""
    for arguments in commands_in(document, tmp_path):
        nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "AZURE_CONFIG_DIR": str(tmp_path)}
        environment = {"PATH": os.environ["PATH"], "AZURE_CORE_COLLECT_TELEMETRY": "no", **nowhere}
        done = subprocess.run(
            [command, *arguments], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        stops = "127.0.0.1" if arguments[0] == "login" else "az login"
        assert stops in done.stderr, f"az {shlex.join(arguments)}\n{done.stderr}"


def commands_in(document: str, folder: Path) -> list[list[str]]:
    """The arguments of each az command in a document's console blocks."""
    (folder / "az").write_text(NOTED)
    (folder / "az").chmod(0o755)
    blocks = re.findall(r"^```console\n(.*?)^```", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE)
    script = "\n".join(statement for block in blocks for statement in statements_in(block))
    (folder / "notes").touch()
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "NOTES": str(folder / "notes"), **SIGN_IN}
    subprocess.run(["/bin/bash", "-c", script], env=environment, check=True, capture_output=True)
    noted = (folder / "notes").read_text().split("\n\0")[:-1]
    assert len(noted) == sum(one.count("az ") > 0 for one in script.splitlines() if _STATEMENT.match(one))
    return [one.split("\0")[:-1] for one in noted]


def statements_in(block: str) -> Iterator[str]:
    """Those that call az, with the lines that belong to them."""
    lines: list[str] = []
    for line in block.splitlines():
        if lines or _STATEMENT.match(line):
            lines.append(line)
            whole = "\n".join(lines)
            if not line.endswith("\\") and whole.count("'") % 2 == 0:
                yield whole
                lines = []
