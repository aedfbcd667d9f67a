"""Who a storage account admits: its firewall, its keys, data roles, and faults in storage's own form."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import pytest_asyncio
from support.emulator.control_plane import ControlPlane, start_control_plane

from deployments.emulator.faults import Fault
from deployments.emulator.http.call import Answer, Call, Vantage
from deployments.emulator.rights import Rights
from deployments.emulator.services import network
from deployments.emulator.services.storage import accounts, blobs, sas

ACCOUNT = "rulesstorage"
HOST = f"{ACCOUNT}.blob.core.windows.net"
BLOB = "/files/a.txt"


@pytest_asyncio.fixture(loop_scope="function")
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    """An emulator with a storage account that has an empty container."""
    plane = await start_control_plane(tmp_path)
    blobs.create_container(plane.emulator, ACCOUNT, "files")
    yield plane
    await plane.app.close()


async def change(plane: ControlPlane, **properties: Any) -> None:
    """Change the account."""
    answer = await plane.ask("PATCH", plane.made["storageAccount"], {"properties": properties})
    assert answer.status in (200, 202), answer.body
    plane.settle()


async def ask(
    plane: ControlPlane, token: str = "", vantage: Vantage = "virtual_network", method: str = "GET", **headers: str
) -> Answer:
    """A request on the blob, from a vantage point."""
    query = dict(part.split("=", 1) for part in token.split("&") if part)
    call = Call(plane.emulator, method, HOST, BLOB, query, headers, b"x" if method == "PUT" else b"", vantage, "r1")
    return await plane.app._answer(call, None)


def code(answer: Answer) -> tuple[int, str]:
    """The status, and the code in storage's own header."""
    return answer.status, answer.headers.get("x-ms-error-code", "")


def signed(plane: ControlPlane) -> str:
    """A signature for the container by the account's key, as a query without escapes."""
    return unquote(sas.container_token(plane.emulator, ACCOUNT, "files", "r", 60))


ALLOWED, REFUSED = (404, "BlobNotFound"), (403, "AuthorizationFailure")
DENY = {"defaultAction": "Deny"}


@pytest.mark.parametrize(
    ("rules", "vantage", "expected"),
    [
        ({}, "internet", ALLOWED),
        ({"publicNetworkAccess": "Disabled"}, "internet", REFUSED),
        ({"publicNetworkAccess": "Disabled"}, "virtual_network", REFUSED),
        ({"networkAcls": DENY}, "internet", REFUSED),
        ({"networkAcls": DENY}, "virtual_network", REFUSED),
        ({"networkAcls": {**DENY, "ipRules": [{"value": "203.0.113.0/24"}]}}, "internet", ALLOWED),
        ({"networkAcls": {**DENY, "ipRules": [{"value": "198.51.100.7"}]}}, "internet", REFUSED),
        ({"networkAcls": {**DENY, "virtualNetworkRules": [{"id": "SUBNET"}]}}, "virtual_network", ALLOWED),
        ({"networkAcls": {**DENY, "virtualNetworkRules": [{"id": "SUBNET"}]}}, "internet", REFUSED),
    ],
)
async def test_the_firewall_admits_by_place(
    plane: ControlPlane, rules: dict[str, Any], vantage: Vantage, expected: tuple[int, str]
) -> None:
    """A closed account, and one that denies by default, take who their rules name, in storage's own form."""
    subnet = f"{network.network_id(plane.emulator)}/subnets/default"
    await change(plane, **json.loads(json.dumps(rules).replace("SUBNET", subnet)))
    assert code(await ask(plane, signed(plane), vantage)) == expected


async def test_a_private_endpoint_leads_into_a_closed_account(plane: ControlPlane) -> None:
    """From its network, to the part that it is for; one for files doesn't lead to blobs."""
    await change(plane, publicNetworkAccess="Disabled")
    for group, expected in (("file", REFUSED), ("blob", ALLOWED)):
        link = {"name": "c", "properties": {"privateLinkServiceId": plane.made["storageAccount"], "groupIds": [group]}}
        subnet = {"id": f"{network.network_id(plane.emulator)}/subnets/default"}
        body = {"location": "eastus", "properties": {"subnet": subnet, "privateLinkServiceConnections": [link]}}
        await plane.put(f"{plane.group}/providers/Microsoft.Network/privateEndpoints/pe-{group}", body)
        assert code(await ask(plane, signed(plane))) == expected
    assert code(await ask(plane, signed(plane), "internet")) == REFUSED


async def test_without_keys_a_keys_signature_is_refused(plane: ControlPlane) -> None:
    """A user delegation signature, which Azure ML makes for code, still is accepted."""
    await change(plane, allowSharedKeyAccess=False)
    assert code(await ask(plane, signed(plane))) == (403, "KeyBasedAuthenticationNotPermitted")
    delegated = unquote(sas.delegated_token(plane.emulator, ACCOUNT, "files", "r", 60))
    assert code(await ask(plane, delegated)) == ALLOWED
    assert code(await ask(plane, delegated.replace("sp=r", "sp=w"), method="PUT"))[1] == "AuthenticationFailed"


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        ("Owner", False, False),
        ("Storage Blob Data Reader", True, False),
        ("Storage Blob Data Contributor", True, True),
        ("Storage Blob Data Owner", True, True),
    ],
)
async def test_a_token_needs_a_data_role(plane: ControlPlane, role: str, *, reads: bool, writes: bool) -> None:
    """Owner and Contributor give no access to blobs."""
    principal = plane.emulator.directory.add()
    plane.emulator.part(Rights).assign(principal.object_id, plane.group, role)
    token = plane.emulator.directory.sign("https://storage.azure.com", 60, appid=principal.client_id)
    held = {"authorization": f"Bearer {token}", "x-ms-blob-type": "BlockBlob"}
    mismatch = (403, "AuthorizationPermissionMismatch")
    assert code(await ask(plane, **held)) == (ALLOWED if reads else mismatch)
    assert code(await ask(plane, method="PUT", **held)) == ((201, "") if writes else mismatch)


async def test_a_wrong_token_is_refused_in_storages_form(plane: ControlPlane) -> None:
    """With the reason in the detail, and not as the resource manager would."""
    answer = await ask(plane, authorization="Bearer nonsense")
    assert code(answer) == (403, "AuthenticationFailed")
    assert "<AuthenticationErrorDetail>" in str(answer.body)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_fault_at_a_storage_host_has_storages_form(plane: ControlPlane, method: str) -> None:
    """XML with the code in the header; nothing but the header for HEAD."""
    fault = Fault(action="fail", status=403, code="AuthorizationFailure", message="Not authorized.")
    call = Call(plane.emulator, method, HOST, BLOB, {}, {}, b"", "internet", "r1")
    answer = await plane.app._answer(call, fault)
    assert code(answer) == REFUSED
    assert (answer.body is None) == (method == "HEAD")
    assert method == "HEAD" or "<Code>AuthorizationFailure</Code>" in str(answer.body)


async def test_identity_datastores_have_no_secrets(plane: ControlPlane) -> None:
    """The workspace's mode decides how they begin; the default one stays the default one."""
    workspace = await plane.workspace("byidentity", systemDatastoresAuthMode="identity")
    store = f"{workspace}/datastores/workspaceblobstore"
    found = (await plane.get(store))["properties"]
    assert found["credentials"] == {"credentialsType": "None"}
    assert (await plane.ask("POST", f"{store}/listSecrets")).status == 400
    with_keys = await plane.workspace("bykeys")
    given = (await plane.get(f"{with_keys}/datastores/workspaceblobstore"))["properties"]
    changed = {**given, "credentials": {"credentialsType": "None"}, "isDefault": False}
    refused = await plane.ask("PUT", f"{with_keys}/datastores/workspaceblobstore", {"properties": changed})
    assert refused.status == 400
    changed["isDefault"] = True
    taken = await plane.ask("PUT", f"{with_keys}/datastores/workspaceblobstore", {"properties": changed})
    assert taken.status == 200
    assert accounts.takes_keys(plane.emulator, ACCOUNT)


async def test_secrets_are_for_one_container(plane: ControlPlane) -> None:
    """What listSecrets gives for a datastore opens no other container of the account."""
    workspace = await plane.workspace("bykeys")
    answer = await plane.ask("POST", f"{workspace}/datastores/workspaceblobstore/listSecrets")
    assert isinstance(answer.body, dict)
    assert code(await ask(plane, unquote(str(answer.body["sasToken"])))) == (403, "AuthenticationFailed")
