"""The az commands that the guide uses, run unmodified: the package azure-cli, in an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import RunningEmulator
from management import Management

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
def az(emulator_process: RunningEmulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Az]:
    """az, signed in with the service principal of the env file."""
    command = os.environ.get("AZ_CLI") or shutil.which("az")
    if not command:
        pytest.skip("no az: put azure-cli into an environment of its own and name its az in AZ_CLI")
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
    record = f"{home}/privateDnsZones/privatelink.api.azureml.ms/A/az-record"
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
