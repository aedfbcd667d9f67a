"""Provider registration, permissions and role assignments."""

from __future__ import annotations

import uuid

import pytest
from support.emulator.management import Management, error_of
from support.emulator.running import RunningEmulator

ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
VERSION = "2022-04-01"


@pytest.fixture
def management(emulator: RunningEmulator) -> Management:
    return Management(emulator)


def test_a_subscription_must_be_registered_with_a_provider(management: Management) -> None:
    """MissingSubscriptionRegistration names the provider; registering again repairs it."""
    provider = f"{management.subscription}/providers/Microsoft.OperationalInsights"
    group = management.group()
    wanted = f"{group}/providers/Microsoft.OperationalInsights/workspaces/logs"
    assert management.get(provider)["registrationState"] == "Registered"
    assert management.ask("POST", f"{provider}/unregister").json()["registrationState"] == "NotRegistered"
    refused = management.ask("PUT", wanted, {"location": "eastus"}, "2020-08-01")
    assert error_of(refused) == (409, "MissingSubscriptionRegistration")
    assert "Microsoft.OperationalInsights" in refused.json()["error"]["message"]
    assert management.ask("POST", f"{provider}/register").json()["registrationState"] == "Registered"
    assert management.put(wanted, {"location": "eastus"}, "2020-08-01")["name"] == "logs"


def test_a_provider_that_does_not_exist_is_refused(management: Management) -> None:
    """InvalidResourceNamespace."""
    answer = management.ask("GET", f"{management.subscription}/providers/Microsoft.Nothing")
    assert error_of(answer) == (404, "InvalidResourceNamespace")


@pytest.mark.parametrize(("role", "actions"), [("Owner", ["*"]), ("Contributor", ["*"]), ("Reader", ["*/read"])])
def test_permissions_follow_from_the_role(management: Management, role: str, actions: list[str]) -> None:
    """Contributors may do everything but give rights."""
    other = Management(management.emulator, management.emulator.principal(role=role))
    group = management.group()
    found = other.get(f"{group}/providers/Microsoft.Authorization/permissions", VERSION)["value"]
    assert [entry["actions"] for entry in found] == [actions]
    assert bool(found[0]["notActions"]) == (role == "Contributor")


def object_id_of(other: Management, group: str) -> str:
    """As the refusal of somebody without rights says it."""
    message = other.ask("GET", group).json()["error"]["message"]
    return str(message.split("object id '")[1].split("'")[0])


def test_a_role_assignment_gives_rights_and_its_removal_takes_them(management: Management) -> None:
    """It counts a while after it was made; its removal counts from the next request on."""
    other = Management(management.emulator, management.emulator.principal(role="None"))
    group = management.group()
    assert error_of(other.ask("GET", group)) == (403, "AuthorizationFailed")
    role = f"{management.subscription}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    properties = {"roleDefinitionId": role, "principalId": object_id_of(other, group)}
    assignment = f"{group}{ASSIGNMENTS}/{uuid.uuid4()}"
    made = management.ask("PUT", assignment, {"properties": properties}, VERSION)
    assert (made.status_code, made.json()["properties"]["scope"]) == (201, group)
    refused = other.ask("GET", group).json()["error"]["message"]
    assert refused.endswith("If access was recently granted, please refresh your credentials.")
    management.emulator.advance(1)
    assert other.ask("GET", group).status_code == 200
    assert error_of(other.ask("DELETE", group)) == (403, "AuthorizationFailed")
    again = management.ask("PUT", assignment, {"properties": properties}, VERSION)
    assert error_of(again) == (409, "RoleAssignmentExists")
    listed = management.get(f"{group}{ASSIGNMENTS}", VERSION)["value"]
    assert assignment in [entry["id"] for entry in listed]
    assert management.ask("DELETE", assignment, version=VERSION).status_code == 200
    assert error_of(other.ask("GET", group)) == (403, "AuthorizationFailed")
    assert management.ask("DELETE", assignment, version=VERSION).status_code == 204


def test_contributors_may_not_give_rights(management: Management) -> None:
    """Microsoft.Authorization/roleAssignments/write is the owners'."""
    other = Management(management.emulator, management.emulator.principal(role="Contributor"))
    group = management.group()
    body = {"properties": {"roleDefinitionId": f"/x/{READER}", "principalId": str(uuid.uuid4())}}
    refused = other.ask("PUT", f"{group}{ASSIGNMENTS}/{uuid.uuid4()}", body, VERSION)
    assert error_of(refused) == (403, "AuthorizationFailed")
    assert "Microsoft.Authorization/roleAssignments/write" in refused.json()["error"]["message"]
