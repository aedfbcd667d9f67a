"""Vaults, storage accounts, registries, Log Analytics and Application Insights."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from support.emulator.management import Management, error_of
from support.emulator.running import RunningEmulator


@dataclass(frozen=True)
class Wanted:
    """A resource to ask for: its type, the beginning of its name, its body and the api-version."""

    kind: str
    name: str
    body: dict[str, Any]
    version: str


VAULT, VAULT_VERSION = "Microsoft.KeyVault/vaults", "2023-07-01"
STORAGE, STORAGE_VERSION = "Microsoft.Storage/storageAccounts", "2023-01-01"
REGISTRY, REGISTRY_VERSION = "Microsoft.ContainerRegistry/registries", "2023-07-01"
LOGS, LOGS_VERSION = "Microsoft.OperationalInsights/workspaces", "2020-08-01"
INSIGHTS, INSIGHTS_VERSION = "Microsoft.Insights/components", "2020-02-02"
TENANT = "00000000-0000-0000-0000-000000000000"
VAULT_BODY = {"tenantId": TENANT, "sku": {"name": "standard", "family": "A"}, "accessPolicies": []}


@pytest.fixture
def management(emulator: RunningEmulator) -> Management:
    return Management(emulator)


@pytest.fixture
def group(management: Management) -> str:
    return management.group()


def path(group: str, kind: str, prefix: str) -> str:
    return f"{group}/providers/{kind}/{prefix}{group[-8:]}"


def vault(**properties: Any) -> dict[str, Any]:
    return {"location": "eastus", "properties": {**VAULT_BODY, **properties}}


def registry(sku: str, **properties: Any) -> dict[str, Any]:
    return {"location": "eastus", "sku": {"name": sku}, "properties": properties}


STORAGE_BODY = {"location": "eastus", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}


def test_a_vault_registers_its_name_first(management: Management, group: str) -> None:
    """RegisteringDns, then Succeeded; its firewall is what was asked for."""
    identity = path(group, VAULT, "kv")
    rules = {"defaultAction": "deny", "bypass": "None", "ipRules": [{"value": "1.2.3.4"}]}
    answer = management.ask("PUT", identity, vault(networkAcls=rules), VAULT_VERSION)
    assert answer.json()["properties"]["provisioningState"] == "RegisteringDns"
    found = management.settled(identity, VAULT_VERSION)["properties"]
    assert found["networkAcls"] == {
        "bypass": "None",
        "defaultAction": "Deny",
        "ipRules": [{"value": "1.2.3.4"}],
        "virtualNetworkRules": [],
    }
    opened = management.ask(
        "PATCH", identity, {"properties": {"networkAcls": {"bypass": "AzureServices"}}}, VAULT_VERSION
    )
    assert opened.json()["properties"]["networkAcls"]["bypass"] == "AzureServices"
    assert opened.json()["properties"]["networkAcls"]["defaultAction"] == "Deny"


def test_putting_the_same_again_changes_nothing(management: Management, group: str) -> None:
    """What Azure fills in at creation is kept."""
    identity = path(group, STORAGE, "sa")
    first = management.put(identity, STORAGE_BODY, STORAGE_VERSION)
    assert management.ask("PUT", identity, STORAGE_BODY, STORAGE_VERSION).status_code == 200
    assert management.get(identity, STORAGE_VERSION) == first


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted(VAULT, "1vault", vault(), VAULT_VERSION), "VaultNameNotValid"),
        (Wanted(VAULT, "two--hyphens", vault(), VAULT_VERSION), "VaultNameNotValid"),
        (Wanted(VAULT, "vault", {"properties": VAULT_BODY}, VAULT_VERSION), "LocationRequired"),
        (
            Wanted(VAULT, "vault", {**vault(), "location": "atlantis"}, VAULT_VERSION),
            "LocationNotAvailableForResourceType",
        ),
        (Wanted(STORAGE, "UpperCase", STORAGE_BODY, STORAGE_VERSION), "AccountNameInvalid"),
        (Wanted(REGISTRY, "has-hyphen", registry("Basic"), REGISTRY_VERSION), "InvalidResourceName"),
        (Wanted(REGISTRY, "registry1", registry("Golden"), REGISTRY_VERSION), "SkuNotSupported"),
        (
            Wanted(REGISTRY, "registry1", registry("Standard", publicNetworkAccess="Disabled"), REGISTRY_VERSION),
            "DisablingPublicNetworkAccessNotSupported",
        ),
        (
            Wanted(
                REGISTRY, "registry1", registry("Basic", networkRuleSet={"defaultAction": "Deny"}), REGISTRY_VERSION
            ),
            "NetworkRuleSetNotSupported",
        ),
        (
            Wanted(
                INSIGHTS,
                "ai",
                {
                    "location": "eastus",
                    "kind": "web",
                    "properties": {"Application_Type": "web", "WorkspaceResourceId": "/nowhere"},
                },
                INSIGHTS_VERSION,
            ),
            "BadRequest",
        ),
    ],
)
def test_what_azure_refuses_is_refused(management: Management, group: str, wanted: Wanted, code: str) -> None:
    """With its codes, and nothing is made."""
    identity = f"{group}/providers/{wanted.kind}/{wanted.name}"
    assert error_of(management.ask("PUT", identity, wanted.body, wanted.version)) == (400, code)
    assert management.ask("GET", identity, version=wanted.version).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted(VAULT, "kv", vault(), VAULT_VERSION), "VaultAlreadyExists"),
        (Wanted(STORAGE, "sa", STORAGE_BODY, STORAGE_VERSION), "StorageAccountAlreadyTaken"),
        (Wanted(REGISTRY, "cr", registry("Basic"), REGISTRY_VERSION), "AlreadyInUse"),
    ],
)
def test_global_names_are_unique(management: Management, group: str, wanted: Wanted, code: str) -> None:
    """Another group can't have the same name, and the same resource can't move."""
    identity = path(group, wanted.kind, wanted.name)
    management.put(identity, wanted.body, wanted.version)
    other = f"{management.group()}/providers/{wanted.kind}/{identity.rsplit('/', 1)[-1]}"
    assert error_of(management.ask("PUT", other, wanted.body, wanted.version)) == (409, code)
    moved = management.ask("PUT", identity, {**wanted.body, "location": "westus"}, wanted.version)
    assert error_of(moved) == (409, "InvalidResourceLocation")


def test_storage_answers_with_a_location_first(management: Management, group: str) -> None:
    """202 with nothing, then the account at the address that was given."""
    identity = path(group, STORAGE, "sa")
    answer = management.ask("PUT", identity, STORAGE_BODY, STORAGE_VERSION)
    assert (answer.status_code, answer.content) == (202, b"")
    assert management.ask("GET", answer.headers["Location"]).status_code == 202
    management.settled(identity, STORAGE_VERSION)
    assert management.ask("GET", answer.headers["Location"]).json()["id"] == identity


def test_keys_are_two_and_stay_out_of_the_journal(management: Management, group: str) -> None:
    """Storage keys, shared keys and instrumentation keys."""
    account, workspace, component = (path(group, k, p) for k, p in ((STORAGE, "sa"), (LOGS, "la"), (INSIGHTS, "ai")))
    management.put(account, STORAGE_BODY, STORAGE_VERSION)
    management.put(workspace, {"location": "eastus"}, LOGS_VERSION)
    made = management.put(
        component, {"location": "eastus", "kind": "web", "properties": {"Application_Type": "web"}}, INSIGHTS_VERSION
    )
    keys = [k["value"] for k in management.ask("POST", f"{account}/listKeys", None, STORAGE_VERSION).json()["keys"]]
    shared = management.ask("POST", f"{workspace}/sharedKeys", None, LOGS_VERSION).json()
    secrets = [*keys, *shared.values(), made["properties"]["InstrumentationKey"]]
    assert len(set(secrets)) == 5
    journal = management.emulator.control("GET", "/journal").text
    assert [secret for secret in secrets if secret in journal] == []
    again = [k["value"] for k in management.ask("POST", f"{account}/listKeys", None, STORAGE_VERSION).json()["keys"]]
    assert again == keys


def test_a_registry_changes_its_tier_while_nothing_needs_premium(management: Management, group: str) -> None:
    """Premium may close; a closed one can't go down."""
    identity = path(group, REGISTRY, "cr")
    assert management.put(identity, registry("Basic"), REGISTRY_VERSION)["sku"] == {"name": "Basic", "tier": "Basic"}
    up = management.ask("PATCH", identity, {"sku": {"name": "premium"}}, REGISTRY_VERSION)
    assert (up.status_code, up.json()["properties"]["provisioningState"]) == (200, "Updating")
    assert management.settled(identity, REGISTRY_VERSION)["properties"]["networkRuleSet"]["defaultAction"] == "Allow"
    closed = {"properties": {"publicNetworkAccess": "Disabled"}}
    assert management.ask("PATCH", identity, closed, REGISTRY_VERSION).status_code == 200
    management.settled(identity, REGISTRY_VERSION)
    down = management.ask("PATCH", identity, {"sku": {"name": "Standard"}}, REGISTRY_VERSION)
    assert error_of(down) == (400, "DisablingPublicNetworkAccessNotSupported")


def test_diagnostic_settings_hang_on_any_resource(management: Management, group: str) -> None:
    """They name a workspace that exists, and go with their resource."""
    target, workspace = path(group, VAULT, "kv"), path(group, LOGS, "la")
    management.put(target, vault(), VAULT_VERSION)
    management.put(workspace, {"location": "eastus"}, LOGS_VERSION)
    settings = f"{target}/providers/Microsoft.Insights/diagnosticSettings"
    version = "2021-05-01-preview"
    logs = [{"category": "AuditEvent", "enabled": True}]
    wrong = management.ask("PUT", f"{settings}/s", {"properties": {"workspaceId": "/nowhere", "logs": logs}}, version)
    assert error_of(wrong) == (400, "BadRequest")
    none = management.ask("PUT", f"{settings}/s", {"properties": {"logs": logs}}, version)
    assert error_of(none) == (400, "BadRequest")
    management.put(f"{settings}/s", {"properties": {"workspaceId": workspace, "logs": logs}}, version)
    assert [one["name"] for one in management.get(settings, version)["value"]] == ["s"]
    assert management.ask("DELETE", target, version=VAULT_VERSION).status_code == 200
    assert f"{settings}/s" not in [one["id"] for one in management.emulator.resources()]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(VAULT, "kv", vault(), VAULT_VERSION),
        Wanted(STORAGE, "sa", STORAGE_BODY, STORAGE_VERSION),
        Wanted(REGISTRY, "cr", registry("Premium"), REGISTRY_VERSION),
        Wanted(LOGS, "la", {"location": "eastus"}, LOGS_VERSION),
        Wanted(
            INSIGHTS,
            "ai",
            {"location": "eastus", "kind": "web", "properties": {"Application_Type": "web"}},
            INSIGHTS_VERSION,
        ),
    ],
    ids=lambda wanted: wanted.kind,
)
def test_every_provider_lists_patches_and_deletes(management: Management, group: str, wanted: Wanted) -> None:
    """In the group and in the subscription; deleting what is not there is no error."""
    identity, version = path(group, wanted.kind, wanted.name), wanted.version
    management.put(identity, wanted.body, version)
    management.ask("PATCH", identity, {"tags": {"a": "b"}}, version)
    assert management.settled(identity, version)["tags"] == {"a": "b"}
    in_group = management.get(identity.rsplit("/", 1)[0], version)["value"]
    everywhere = management.get(f"{management.subscription}/providers/{wanted.kind}", version)["value"]
    assert [one["id"] for one in in_group] == [identity]
    assert identity in [one["id"] for one in everywhere]
    assert management.ask("DELETE", identity, version=version).status_code == 200
    assert management.ask("DELETE", identity, version=version).status_code == 204


def test_the_same_write_by_many_at_once_is_one_resource(management: Management, group: str) -> None:
    """Every caller is told of success, and there is one of it."""
    identity, body = path(group, REGISTRY, "cr"), registry("Premium")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: management.ask("PUT", identity, body, REGISTRY_VERSION), range(16)))
    assert sorted({answer.status_code for answer in answers}) == [200, 201]
    assert [answer.status_code for answer in answers].count(201) == 1
    assert len({answer.json()["properties"]["creationDate"] for answer in answers}) == 1
    assert management.settled(identity, REGISTRY_VERSION)["sku"]["name"] == "Premium"
