"""Subscriptions, resource groups, and the lists of what is in them."""

from __future__ import annotations

import pytest
from support.emulator.management import Management, error_of
from support.emulator.running import RunningEmulator

VAULT_VERSION, PLACES = "2023-07-01", "2022-12-01"


@pytest.fixture
def management(emulator: RunningEmulator) -> Management:
    return Management(emulator)


def vault(management: Management) -> dict[str, object]:
    tenant = management.emulator.variables["AZURE_TENANT_ID"]
    properties = {"tenantId": tenant, "sku": {"name": "standard", "family": "A"}, "accessPolicies": []}
    return {"location": "eastus", "tags": {"team": "Scores"}, "properties": properties}


def test_a_group_is_made_once_and_updated_after(management: Management) -> None:
    """201 then 200; its region can't change, its tags can."""
    group = management.group()
    assert management.ask("HEAD", group).status_code == 204
    again = management.ask("PUT", group, {"location": "East US", "tags": {"a": "b"}})
    assert (again.status_code, again.json()["tags"]) == (200, {"a": "b"})
    assert error_of(management.ask("PUT", group, {"location": "westus"})) == (409, "InvalidResourceGroupLocation")
    assert management.get(group.upper().replace("SUBSCRIPTIONS", "subscriptions"))["location"] == "eastus"


@pytest.mark.parametrize(
    ("body", "code"), [({}, "LocationRequired"), ({"location": "atlantis"}, "LocationNotAvailableForResourceGroup")]
)
def test_a_group_needs_a_region_that_exists(management: Management, body: dict[str, str], code: str) -> None:
    """400, with Azure's codes."""
    assert error_of(management.ask("PUT", f"{management.subscription}/resourceGroups/nowhere", body)) == (400, code)


@pytest.mark.parametrize("name", ["a%0D%0Ab", "dot.", "a" * 91, "a%20b"])
def test_a_groups_name_is_well_formed(management: Management, name: str) -> None:
    """Names that Azure refuses don't come to exist."""
    refusal = management.ask("PUT", f"{management.subscription}/resourceGroups/{name}", {"location": "westeurope"})
    assert error_of(refusal) == (400, "InvalidResourceGroup")


def test_what_is_not_there_is_said_in_azures_words(management: Management) -> None:
    """A group, a resource in a group, a subscription, an operation that nobody serves."""
    subscription = management.subscription
    assert management.ask("HEAD", f"{subscription}/resourceGroups/none").status_code == 404
    missing = management.ask("GET", f"{subscription}/resourceGroups/none")
    assert error_of(missing) == (404, "ResourceGroupNotFound")
    assert missing.json()["error"]["message"] == "Resource group 'none' could not be found."
    group = management.group()
    wanted = f"{group}/providers/Microsoft.KeyVault/vaults/none"
    assert error_of(management.ask("GET", wanted, version=VAULT_VERSION)) == (404, "ResourceNotFound")
    other = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/none"
    assert error_of(management.ask("GET", other)) == (404, "SubscriptionNotFound")
    assert error_of(management.ask("GET", f"{group}/providers/A.B/things/x")) == (501, "NotImplementedByEmulator")


def test_deleting_a_group_takes_all_that_is_in_it(management: Management) -> None:
    """202 and a Location that answers 202, then 200; nothing can be written into it meanwhile."""
    group = management.group()
    vault_id = f"{group}/providers/Microsoft.KeyVault/vaults/kv{group[-8:]}"
    management.put(vault_id, vault(management), VAULT_VERSION)
    answer = management.ask("DELETE", group)
    assert answer.status_code == 202
    assert management.ask("GET", answer.headers["Location"]).status_code == 202
    late = management.ask("PUT", vault_id, vault(management), VAULT_VERSION)
    assert error_of(late) == (409, "ResourceGroupBeingDeleted")
    assert management.gone(group)
    assert management.ask("GET", answer.headers["Location"]).status_code == 200
    assert vault_id not in [resource["id"] for resource in management.emulator.resources()]


def test_a_deletion_that_fails_leaves_the_group(management: Management) -> None:
    """The Location answers with the error, and the group can be used again."""
    group = management.group()
    management.emulator.fault(
        action="fail", operation="resource_group.delete", path=group[-8:], code="Locked", message="It is locked."
    )
    location = management.ask("DELETE", group).headers["Location"]
    management.emulator.advance(5)
    assert error_of(management.ask("GET", location)) == (409, "Locked")
    assert management.get(group)["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'NAME'", True),
        ("resourcetype eq 'microsoft.keyvault/VAULTS'", True),
        ("resourceType eq 'Microsoft.Storage/storageAccounts'", False),
        ("tagName eq 'team' and tagValue eq 'Scores'", True),
        ("tagName eq 'team' and tagValue eq 'Others'", False),
        ("tagName eq 'nobody'", False),
        ("resourceGroup eq 'GROUP'", True),
        ("substringof('SHORT', name)", True),
        ("location eq 'East US'", True),
        ("name ne 'NAME'", False),
    ],
)
def test_lists_can_be_filtered(management: Management, query: str, found: bool) -> None:
    """By type, name, tag, group and region, in every case."""
    group = management.group()
    name = f"kv{group[-8:]}"
    management.put(f"{group}/providers/Microsoft.KeyVault/vaults/{name}", vault(management), VAULT_VERSION)
    wanted = query.replace("NAME", name).replace("GROUP", group.rsplit("/", 1)[-1]).replace("SHORT", group[-8:])
    everywhere = management.get(f"{management.subscription}/resources?$filter={wanted}")["value"]
    assert (name in [entry["name"] for entry in everywhere]) == found
    assert len(management.get(f"{group}/resources?$filter={wanted}")["value"]) == found


def test_a_filter_that_nobody_understands_is_refused(management: Management) -> None:
    """Never an answer that leaves the filter out."""
    answer = management.ask("GET", f"{management.subscription}/resources?$filter=size gt 3")
    assert error_of(answer) == (400, "InvalidFilterInQueryString")


def test_long_lists_come_in_pages(management: Management) -> None:
    """The next page's address carries the whole query."""
    group = management.group()
    for number in range(3):
        name = f"kv{group[-8:]}{number}"
        management.put(f"{group}/providers/Microsoft.KeyVault/vaults/{name}", vault(management), VAULT_VERSION)
    first = management.get(f"{group}/resources?$top=2")
    rest = management.ask("GET", first["nextLink"]).json()
    assert [len(first["value"]), len(rest["value"])] == [2, 1]
    assert "nextLink" not in rest


def test_the_subscription_and_tenant_are_those_of_the_env_file(management: Management) -> None:
    """What `az login` asks for."""
    variables = management.emulator.variables
    assert [s["subscriptionId"] for s in management.get("/subscriptions", PLACES)["value"]] == [
        variables["AZURE_SUBSCRIPTION_ID"]
    ]
    assert [t["tenantId"] for t in management.get("/tenants", PLACES)["value"]] == [variables["AZURE_TENANT_ID"]]
    assert "eastus" in [
        region["name"] for region in management.get(f"{management.subscription}/locations", PLACES)["value"]
    ]
