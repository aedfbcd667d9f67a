"""The managed network of a workspace: isolation modes, outbound rules, provisioning."""

from __future__ import annotations

from typing import Any

import pytest
from support.emulator.control_plane import ControlPlane, error_of

from deployments.emulator.rights import Rights

INTERNET, APPROVED = {"isolationMode": "AllowInternetOutbound"}, {"isolationMode": "AllowOnlyApprovedOutbound"}
DISABLED = {"isolationMode": "Disabled"}
FQDN = {"type": "FQDN", "category": "UserDefined", "destination": "packages.contoso.com"}
TAG = {"type": "ServiceTag", "destination": {"serviceTag": "DataFactory", "protocol": "TCP", "portRanges": "443"}}
OTHER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/other"
APPROVER = "Azure AI Enterprise Network Connection Approver"
PRIVATE = {"type": "PrivateEndpoint", "destination": {"serviceResourceId": OTHER, "subresourceTarget": "blob"}}


def leading_to(target: str, part: str) -> dict[str, str]:
    return {"serviceResourceId": target, "subresourceTarget": part}


def rule(kind: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**kind, **changes}


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (DISABLED, INTERNET, ""),
        (DISABLED, APPROVED, ""),
        (INTERNET, APPROVED, ""),
        (INTERNET, DISABLED, "cannot be disabled"),
        (APPROVED, DISABLED, "cannot be disabled"),
        (APPROVED, INTERNET, "cannot be changed from 'AllowOnlyApprovedOutbound' to 'AllowInternetOutbound'"),
        (INTERNET, {"isolationMode": "Everything"}, "is not an isolation mode"),
    ],
)
async def test_isolation_only_grows(plane: ControlPlane, old: Any, new: Any, refusal: str) -> None:
    """The isolation of a network can be switched on and tightened, never loosened."""
    workspace = await plane.workspace(managedNetwork=old)
    answer = await plane.ask("PATCH", workspace, {"properties": {"managedNetwork": new}})
    if refusal:
        status, code, message = error_of(answer)
        assert (status, code, refusal in message) == (400, "ValidationError", True), message
    else:
        assert answer.status == 202
        plane.settle()
        assert (await plane.get(workspace))["properties"]["managedNetwork"]["isolationMode"] == new["isolationMode"]


@pytest.mark.parametrize(
    ("mode", "wanted", "refusal"),
    [
        (APPROVED, FQDN, ""),
        (APPROVED, TAG, ""),
        (APPROVED, PRIVATE, ""),
        (APPROVED, rule(FQDN, destination="*.packages.contoso.com"), ""),
        (APPROVED, rule(FQDN, destination="packages.contoso.com:443"), ""),
        (INTERNET, PRIVATE, ""),
        (INTERNET, FQDN, 'Only "PrivateEndpoint" outbound rules are supported'),
        (INTERNET, TAG, 'Only "PrivateEndpoint" outbound rules are supported'),
        (DISABLED, PRIVATE, "is disabled"),
        (APPROVED, rule(FQDN, destination="packages.contoso.com:8080"), "ports 80 and 443"),
        (APPROVED, rule(FQDN, destination="account.blob.core.windows.net"), "private endpoint rule"),
        (APPROVED, rule(FQDN, destination="not a host"), "not a fully qualified"),
        (APPROVED, rule(FQDN, destination={"host": "packages.contoso.com"}), "needs a host name"),
        (APPROVED, rule(TAG, destination={"serviceTag": "DataFactory", "protocol": "HTTP"}), "none of the protocols"),
        (APPROVED, rule(TAG, destination={}), "needs a serviceTag"),
        (APPROVED, rule(PRIVATE, destination={"serviceResourceId": OTHER}), "subresourceTarget"),
        (APPROVED, rule(PRIVATE, destination=leading_to(OTHER, "vault")), "'vault' is not a subresource of"),
        (APPROVED, rule(PRIVATE, destination=leading_to(f"{OTHER}s", "blob")), "could not be found"),
        (APPROVED, rule(FQDN, type="Firewall"), "unknown type"),
        (APPROVED, rule(FQDN, category="Required"), "required rule"),
    ],
)
async def test_outbound_rules_fit_the_isolation_mode(plane: ControlPlane, mode: Any, wanted: Any, refusal: str) -> None:
    """A rule is accepted where its type and its destination go with the isolation mode, and can be read back."""
    plane.emulator.resources.create(OTHER, {})
    plane.emulator.part(Rights).assign(plane.emulator.directory.first().object_id, OTHER, APPROVER)
    workspace = await plane.workspace(managedNetwork=mode)
    answer = await plane.ask("PUT", f"{workspace}/outboundRules/mine", {"properties": wanted})
    if refusal:
        status, _, message = error_of(answer)
        assert (status, refusal in message) == (400, True), message
    else:
        assert answer.status == 202, answer.body
        plane.settle()
        found = (await plane.get(f"{workspace}/outboundRules/mine"))["properties"]
        assert (found["type"], found["status"], found["category"]) == (wanted["type"], "Inactive", "UserDefined")


async def test_an_approved_network_has_required_rules(plane: ControlPlane) -> None:
    """Private endpoints to the parts of the workspace, and service tags, as recorded from Azure."""
    workspace = await plane.workspace(managedNetwork=APPROVED)
    found = {entry["name"]: entry["properties"] for entry in (await plane.get(f"{workspace}/outboundRules"))["value"]}
    assert {name for name in found if "_PE_" in name} == {
        "__SYS_PE_rules-vault_vault",
        "__SYS_PE_rulesstorage_blob",
        "__SYS_PE_rulesstorage_file",
        "__SYS_PE_ws_amlworkspace",
    }
    assert "__SYS_ST_AzureFrontDoor.FirstParty" in found
    assert {entry["category"] for entry in found.values()} == {"Required"}


async def test_an_internet_network_requires_private_endpoints_to_private_parts_only(plane: ControlPlane) -> None:
    """The key vault has one always, other parts once their public access is off."""
    account = {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {"publicNetworkAccess": "Disabled"}}
    closed = await plane.provider("Microsoft.Storage/storageAccounts", "closedstorage", account)
    open_one = await plane.workspace("open", managedNetwork=INTERNET)
    private = await plane.workspace("private", managedNetwork=INTERNET, storageAccount=closed)
    names = [[rule["name"] for rule in (await plane.get(f"{w}/outboundRules"))["value"]] for w in (open_one, private)]
    assert names[0] == ["__SYS_PE_rules-vault_vault"]
    assert names[1] == ["__SYS_PE_rules-vault_vault", "__SYS_PE_closedstorage_blob", "__SYS_PE_closedstorage_file"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_required_rules_stay_as_they_are(plane: ControlPlane, method: str) -> None:
    """They can be neither changed nor deleted."""
    workspace = await plane.workspace(managedNetwork=APPROVED)
    place = f"{workspace}/outboundRules/__SYS_ST_AzureMonitor"
    answer = await plane.ask(method, place, {"properties": TAG} if method == "PUT" else None)
    assert error_of(answer)[:2] == (400, "ValidationError")


async def test_two_rules_cannot_lead_to_the_same_resource(plane: ControlPlane) -> None:
    """A private endpoint to what the network has one for already is refused."""
    workspace = await plane.workspace(managedNetwork=APPROVED)
    target = {"serviceResourceId": plane.made["storageAccount"].upper(), "subresourceTarget": "blob"}
    answer = await plane.ask(
        "PUT", f"{workspace}/outboundRules/mine", {"properties": {**PRIVATE, "destination": target}}
    )
    assert "same destination as the existing rule '__SYS_PE_rulesstorage_blob'" in error_of(answer)[2]


async def test_one_rule_is_written_at_a_time(plane: ControlPlane) -> None:
    """A second rule meets 409 while the first is on its way; the same request again is the same operation."""
    workspace = await plane.workspace(managedNetwork=APPROVED)
    first = await plane.ask("PUT", f"{workspace}/outboundRules/one", {"properties": FQDN})
    again = await plane.ask("PUT", f"{workspace}/outboundRules/one", {"properties": FQDN})
    other = await plane.ask("PUT", f"{workspace}/outboundRules/two", {"properties": TAG})
    assert first.headers["Location"] == again.headers["Location"]
    assert error_of(other)[:2] == (409, "Conflict")
    plane.settle()
    assert (await plane.ask("PUT", f"{workspace}/outboundRules/two", {"properties": TAG})).status == 202
    plane.settle()
    names = [entry["name"] for entry in (await plane.get(f"{workspace}/outboundRules"))["value"]]
    assert names[:2] == ["one", "two"]


async def test_a_workspace_update_adds_rules_and_null_removes_one(plane: ControlPlane) -> None:
    """What a PATCH doesn't name stays."""
    plane.emulator.resources.create(OTHER, {})
    plane.emulator.part(Rights).assign(plane.emulator.directory.first().object_id, OTHER, APPROVER)
    workspace = await plane.workspace(managedNetwork={**APPROVED, "outboundRules": {"a": FQDN, "b": TAG}})
    change = {"outboundRules": {"a": None, "c": PRIVATE}}
    assert (await plane.ask("PATCH", workspace, {"properties": {"managedNetwork": change}})).status == 202
    plane.settle()
    rules = (await plane.get(workspace))["properties"]["managedNetwork"]["outboundRules"]
    assert [name for name in rules if not name.startswith("__SYS")] == ["b", "c"]


async def test_provisioning_activates_the_network_and_its_rules(plane: ControlPlane) -> None:
    """Inactive until provisioned; later rules are active at once."""
    workspace = await plane.workspace(managedNetwork={**APPROVED, "outboundRules": {"a": FQDN}})
    answer = await plane.ask("POST", f"{workspace}/provisionManagedNetwork", {"includeSpark": True})
    assert answer.status == 202
    assert (await plane.ask("GET", answer.headers["Location"])).status == 202
    plane.settle()
    assert (await plane.get(answer.headers["Location"])) == {"status": "Active", "sparkReady": True}
    assert (await plane.get(answer.headers["Azure-AsyncOperation"]))["status"] == "Succeeded"
    await plane.ask("PUT", f"{workspace}/outboundRules/b", {"properties": TAG})
    plane.settle()
    rules = (await plane.get(workspace))["properties"]["managedNetwork"]["outboundRules"]
    assert {found["status"] for found in rules.values()} == {"Active"}


async def test_a_disabled_network_cannot_be_provisioned(plane: ControlPlane) -> None:
    """There is nothing to provision."""
    workspace = await plane.workspace()
    assert error_of(await plane.ask("POST", f"{workspace}/provisionManagedNetwork", {}))[0] == 400


async def test_a_network_is_only_switched_on_in_an_empty_workspace(plane: ControlPlane) -> None:
    """Computes and endpoints have to be deleted first (guide, migration)."""
    workspace = await plane.workspace()
    await plane.endpoint(workspace, "in-the-way")
    answer = await plane.ask("PATCH", workspace, {"properties": {"managedNetwork": APPROVED}})
    assert "in-the-way" in error_of(answer)[2]


async def test_a_deleted_rule_is_gone_and_deleting_it_again_is_fine(plane: ControlPlane) -> None:
    """202 once, 204 afterwards, 404 to read."""
    workspace = await plane.workspace(managedNetwork={**APPROVED, "outboundRules": {"a": FQDN}})
    assert (await plane.ask("DELETE", f"{workspace}/outboundRules/a")).status == 202
    plane.settle()
    assert (await plane.ask("DELETE", f"{workspace}/outboundRules/a")).status == 204
    assert (await plane.ask("GET", f"{workspace}/outboundRules/a")).status == 404


async def test_what_the_emulator_has_no_resources_of_is_its_own_gap(plane: ControlPlane) -> None:
    """A private endpoint rule to a type that Azure knows, and the emulator doesn't."""
    workspace = await plane.workspace(managedNetwork=APPROVED)
    search = OTHER.replace("Microsoft.Storage/storageAccounts", "Microsoft.Search/searchServices")
    wanted = {"properties": {**PRIVATE, "destination": leading_to(search, "searchService")}}
    refused = await plane.ask("PUT", f"{workspace}/outboundRules/mine", wanted)
    assert error_of(refused)[:2] == (501, "NotImplementedByEmulator")


async def test_a_rules_host_names_and_the_next_modes_are_shown(plane: ControlPlane) -> None:
    """`fqdns` as sent; `changeableIsolationModes` as the mode allows."""
    target = leading_to(plane.made["storageAccount"], "table")
    hosts = ["account.table.core.windows.net"]
    workspace = await plane.workspace(managedNetwork=APPROVED)
    await plane.put(
        f"{workspace}/outboundRules/mine", {"properties": {**PRIVATE, "destination": target, "fqdns": hosts}}
    )
    assert (await plane.get(f"{workspace}/outboundRules/mine"))["properties"]["fqdns"] == hosts
    modes = {"Disabled": 3, "AllowInternetOutbound": 2, "AllowOnlyApprovedOutbound": 1}
    for mode, count in modes.items():
        place = await plane.workspace(f"ws-{count}", managedNetwork={"isolationMode": mode})
        network = (await plane.get(place))["properties"]["managedNetwork"]
        assert network["changeableIsolationModes"] == list(modes)[-count:]


async def test_both_the_caller_and_the_workspace_approve_a_private_endpoint(plane: ControlPlane) -> None:
    """Without the caller's right the rule is refused; without that of the workspace's identity it stays inactive."""
    plane.emulator.resources.create(OTHER, {})
    rights, caller = plane.emulator.part(Rights), plane.emulator.directory.first().object_id
    workspace = await plane.workspace(managedNetwork=INTERNET, provisionNetworkNow="true")
    place, body = f"{workspace}/outboundRules/mine", {"properties": PRIVATE}
    status, code, message = error_of(await plane.ask("PUT", place, body))
    assert (status, code) == (403, "LinkedAuthorizationFailed")
    assert OTHER in message
    whole = {"properties": {"managedNetwork": {**INTERNET, "outboundRules": {"mine": PRIVATE}}}}
    assert error_of(await plane.ask("PATCH", workspace, whole))[1] == "LinkedAuthorizationFailed"

    rights.assign(caller, OTHER, APPROVER)
    await plane.put(place, body)
    assert (await plane.get(place))["properties"]["status"] == "Inactive"
    rights.assign((await plane.get(workspace))["identity"]["principalId"], OTHER, APPROVER)
    await plane.put(place, body)
    assert (await plane.get(place))["properties"]["status"] == "Active"


async def test_the_workspace_approves_what_is_in_its_own_group(plane: ControlPlane) -> None:
    """By the role that Azure gives its identity there."""
    workspace = await plane.workspace(managedNetwork=INTERNET, provisionNetworkNow="true")
    destination = leading_to(plane.made["storageAccount"], "queue")
    await plane.put(f"{workspace}/outboundRules/mine", {"properties": rule(PRIVATE, destination=destination)})
    assert (await plane.get(f"{workspace}/outboundRules/mine"))["properties"]["status"] == "Active"
