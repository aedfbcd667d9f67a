"""Role definitions and what they allow: wildcards, exceptions, custom roles, linked scopes, lists, operations."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from support.emulator.management import Management, error_of
from support.emulator.running import RunningEmulator

from deployments.emulator.rights.built_in import BY_NAME
from deployments.emulator.rights.permission import Permission

VERSION = "2022-04-01"
ML = "Microsoft.MachineLearningServices/workspaces"
NETWORKS = "2023-11-01"


@pytest.fixture
def management(emulator: RunningEmulator) -> Management:
    return Management(emulator)


def acting(management: Management, roles: dict[str, str]) -> Management:
    """Another principal, with roles by scope."""
    made = management.emulator.control("POST", "/principals", {"roles": roles}).json()
    return Management(management.emulator, made)


def definition(management: Management, guid: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    """The id and the body of a custom role."""
    properties = {
        "roleName": f"role {guid}",
        "assignableScopes": [management.subscription],
        "permissions": [{"actions": [f"{ML}/read"], "notActions": []}],
        **changes,
    }
    path = f"{management.subscription}/providers/Microsoft.Authorization/roleDefinitions/{guid}"
    return path, {"properties": properties}


@pytest.mark.parametrize(
    ("role", "action", "allowed"),
    [
        ("Owner", "Microsoft.Authorization/roleAssignments/write", True),
        ("Contributor", "Microsoft.Authorization/roleAssignments/write", False),
        ("Contributor", f"{ML}/onlineEndpoints/score/action", True),
        ("Reader", f"{ML}/onlineEndpoints/READ", True),
        ("Reader", f"{ML}/onlineEndpoints/listKeys/action", False),
        ("AzureML Data Scientist", f"{ML}/read", True),
        ("AzureML Data Scientist", f"{ML}/write", False),
        ("AzureML Data Scientist", f"{ML}/onlineEndpoints/deployments/write", True),
        ("AzureML Data Scientist", f"{ML}/computes/write", False),
        ("AzureML Data Scientist", f"{ML}/listKeys/action", False),
        ("AzureML Data Scientist", f"{ML}/onlineEndpoints/listKeys/action", True),
        ("AzureML Compute Operator", f"{ML}/computes/write", True),
        ("Managed Identity Operator", "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", True),
        ("Private DNS Zone Contributor", "Microsoft.Network/privateDnsZones/join/action", True),
        ("Private DNS Zone Contributor", "Microsoft.Network/virtualNetworks/subnets/join/action", False),
        (
            "Azure AI Enterprise Network Connection Approver",
            f"{ML}/privateEndpointConnectionsApproval/action",
            True,
        ),
        ("Log Analytics Reader", "Microsoft.OperationalInsights/workspaces/query/AmlOnlineEndpointEventLog/read", True),
    ],
)
def test_built_in_roles(role: str, action: str, allowed: bool) -> None:
    """What Microsoft's tables of the built-in roles say."""
    assert BY_NAME[role.lower()].permission.allows(action) is allowed


def test_data_needs_data_actions() -> None:
    """No action of the management plane gives access to data, an owner's `*` neither."""
    read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
    assert not BY_NAME["owner"].permission.allows_data(read)
    assert BY_NAME["storage blob data reader"].permission.allows_data(read)
    assert not BY_NAME["storage blob data reader"].permission.allows_data(read.replace("/read", "/write"))
    assert not Permission(data_actions=("*",), not_data_actions=("*/read",)).allows_data(read)


def test_a_custom_role_counts_where_it_is_assigned(management: Management) -> None:
    """As `az role definition create` and `az role assignment create` make them; it goes once nobody has it."""
    group = management.group()
    guid = str(uuid.uuid4())
    path, body = definition(management, guid)
    assert management.ask("PUT", path, body, VERSION).status_code == 201
    listed = management.get(
        f"{group}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName eq 'role {guid}'"
    )
    assert [one["name"] for one in listed["value"]] == [guid]
    other = acting(management, {group: guid})
    assert error_of(other.ask("GET", group)) == (403, "AuthorizationFailed")
    assert error_of(other.ask("GET", f"{group}/providers/{ML}/none", version="2023-04-01")) == (404, "ResourceNotFound")
    assert error_of(management.ask("DELETE", path, version=VERSION)) == (409, "RoleDefinitionHasAssignments")
    assert error_of(management.ask("PUT", f"{path[:-1]}z", body, VERSION)) == (409, "RoleDefinitionWithSameNameExists")


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (f"{ML}/onlineEndpoints/listKeys", "InvalidActionOrNotAction"),
        ("Microsoft.Nothing/things/read", "InvalidActionOrNotAction"),
        (f"{ML}/codes/versions/startPendingUpload/action", "InvalidActionOrNotAction"),
    ],
)
def test_one_action_that_no_provider_has_refuses_the_role(management: Management, action: str, code: str) -> None:
    """Azure checks each name against the providers' registered operations."""
    guid = str(uuid.uuid4())
    path, body = definition(management, guid, permissions=[{"actions": [f"{ML}/read", action]}])
    assert error_of(management.ask("PUT", path, body, VERSION)) == (400, code)


def test_a_role_of_one_group_reads_nothing_of_the_subscription(management: Management) -> None:
    """Usages, sizes and providers are refused; groups and resources are listed as far as they may be read."""
    group, other_group = management.group(), management.group()
    guest = acting(management, {group: "Contributor"})
    base = management.subscription
    place = f"{base}/providers/Microsoft.MachineLearningServices/locations/westeurope"
    for path in (f"{place}/usages", f"{place}/vmSizes", f"{base}/providers", f"{base}/providers/Microsoft.Network"):
        assert error_of(guest.ask("GET", path)) == (403, "AuthorizationFailed"), path
    assert error_of(guest.ask("GET", f"{base}/providers/Microsoft.Network/virtualNetworks", version=NETWORKS))[0] == 403
    assert [one["id"] for one in guest.get(f"{base}/resourceGroups")["value"]] == [group]
    assert guest.get(base)["subscriptionId"] == management.emulator.subscription
    assert error_of(guest.ask("GET", other_group)) == (403, "AuthorizationFailed")


def test_an_operation_is_read_by_whoever_began_it(management: Management) -> None:
    """Its address is at the subscription, where the beginner has no role; its owner gets no answer."""
    group = management.group()
    guest = acting(management, {group: "Contributor"})
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/s{uuid.uuid4().hex[:12]}"
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}
    begun = guest.ask("PUT", account, body, "2023-01-01")
    address = begun.headers.get("Location") or begun.headers["Azure-AsyncOperation"]
    assert guest.ask("GET", address).status_code in (200, 202)
    refused = management.ask("GET", address)
    assert refused.status_code == 403
    assert "Only the original caller of an asynchronous operation" in refused.json()["error"]["message"]


def test_an_identity_is_assigned_by_its_operators_only(management: Management) -> None:
    """The right is asked for at the identity, whatever resource it is attached to."""
    group, other_group = management.group(), management.group()
    guest = acting(management, {group: "Contributor"})
    identity = f"{other_group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/scorer"
    body = {"location": "westeurope", "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}}
    refused = guest.ask(
        "PUT", f"{group}/providers/Microsoft.KeyVault/vaults/v{uuid.uuid4().hex[:12]}", body, "2023-07-01"
    )
    assert error_of(refused) == (403, "LinkedAuthorizationFailed")
    assert "userAssignedIdentities/assign/action" in refused.json()["error"]["message"]
