"""Managed identities: their principals, the roles that Azure gives them itself, and what a deployment needs of them."""

from __future__ import annotations

from typing import Any

import pytest
from support.emulator.control_plane import REGION, ControlPlane, error_of
from support.emulator.deployment_bodies import asked, assets

from deployments.emulator.rights import Rights
from deployments.emulator.rights.built_in import ROLES

REGISTRIES = "Microsoft.ContainerRegistry/registries"
CONDA = {"condaFile": "dependencies: []"}
NO_PULL = "Endpoint identity does not have pull permission on the registry"
NO_READ = "Startup task failed due to authorization error"


async def roles_of(plane: ControlPlane, principal: str) -> dict[str, str]:
    """The roles that are listed for a principal, and the last part of their scopes."""
    query = f"$filter=principalId eq '{principal}'"
    subscription = "/".join(plane.group.split("/")[:3])
    address = f"{subscription}/providers/Microsoft.Authorization/roleAssignments?{query}"
    listed = (await plane.get(address))["value"]
    found = [(one["properties"]["roleDefinitionId"], one["properties"]["scope"]) for one in listed]
    return {ROLES[role.rsplit("/", 1)[-1]].name: scope.rsplit("/", 1)[-1] for role, scope in found}


async def endpoint_with(plane: ControlPlane, workspace: str, user: str) -> str:
    """An endpoint with a user-assigned identity."""
    identity = {"type": "UserAssigned", "userAssignedIdentities": {user: {}}}
    wanted = {"location": REGION, "identity": identity, "properties": {"authMode": "Key"}}
    return await plane.put(f"{workspace}/onlineEndpoints/scores", wanted)


async def test_a_user_assigned_identity_is_a_resource_with_a_principal(plane: ControlPlane) -> None:
    """It keeps its ids when it is written again; one made anew under the same name has others."""
    place, principal = await plane.identity()
    assert set((await plane.get(place))["properties"]) == {"tenantId", "principalId", "clientId"}
    assert await plane.identity() == (place, principal)
    listed = await plane.get(place.rsplit("/", 1)[0])
    assert [one["name"] for one in listed["value"]] == ["scorer"]
    assert (await plane.ask("DELETE", place)).status == 200
    assert (await plane.ask("GET", place)).status == 404
    assert (await plane.identity())[1] != principal


async def test_an_identity_that_is_not_there_can_not_be_attached(plane: ControlPlane) -> None:
    """The resource manager says which; an endpoint and a workspace alike."""
    identity = {"type": "UserAssigned", "userAssignedIdentities": {f"{plane.group}/providers/a.b/c/none": {}}}
    workspace = await plane.workspace()
    wanted = {"location": REGION, "identity": identity, "properties": {"authMode": "Key", **plane.made}}
    for place in (f"{workspace}/onlineEndpoints/scores", workspace.replace("/ws", "/other")):
        status, code, message = error_of(await plane.ask("PUT", place, wanted))
        assert (status, code) == (400, "FailedIdentityOperation")
        assert "/c/none' was not found" in message


async def test_a_system_assigned_identity_gets_its_roles_from_azure(plane: ControlPlane) -> None:
    """Listed as any other assignment; they go with the endpoint, and one made again is another principal."""
    registry = await plane.provider(REGISTRIES, "rulesregistry", {"sku": {"name": "Premium"}})
    workspace = await plane.workspace(containerRegistry=registry)
    own = (await plane.get(workspace))["identity"]["principalId"]
    assert (await roles_of(plane, own))["Azure AI Administrator"] == plane.group.rsplit("/", 1)[-1]

    endpoint = await plane.endpoint(workspace)
    first = (await plane.get(endpoint))["identity"]["principalId"]
    expected = {
        "AcrPull": "rulesregistry",
        "Storage Blob Data Reader": "rulesstorage",
        "AzureML Metrics Writer": "ws",
    }
    assert await roles_of(plane, first) == expected

    await plane.ask("DELETE", endpoint)
    plane.settle()
    assert await roles_of(plane, first) == {}
    again = (await plane.get(await plane.endpoint(workspace)))["identity"]["principalId"]
    assert again != first
    assert await roles_of(plane, again) == expected


async def test_without_shared_keys_an_endpoint_may_write(plane: ControlPlane) -> None:
    """Azure then assigns Storage Blob Data Contributor; without a registry there is nothing to pull from."""
    storage = {"sku": {"name": "Standard_LRS"}, "properties": {"allowSharedKeyAccess": False}}
    account = await plane.provider("Microsoft.Storage/storageAccounts", "keylessaccount", storage)
    endpoint = await plane.endpoint(await plane.workspace(storageAccount=account))
    roles = await roles_of(plane, (await plane.get(endpoint))["identity"]["principalId"])
    assert roles == {"Storage Blob Data Contributor": "keylessaccount", "AzureML Metrics Writer": "ws"}


async def test_the_identity_of_an_endpoint_never_changes(plane: ControlPlane) -> None:
    """By PUT and PATCH; the same again is accepted, and a body without one means a system-assigned identity."""
    user, _ = await plane.identity()
    workspace = await plane.workspace()
    endpoint = await endpoint_with(plane, workspace, user)
    await endpoint_with(plane, workspace, user)
    other, _ = await plane.identity("other")
    both = {"type": "UserAssigned", "userAssignedIdentities": {other: {}}}
    for method, body in (
        ("PUT", {"location": REGION, "properties": {"authMode": "Key"}}),
        ("PUT", {"location": REGION, "properties": {"authMode": "Key"}, "identity": both}),
        ("PATCH", {"identity": {"type": "SystemAssigned"}}),
    ):
        status, code, message = error_of(await plane.ask(method, endpoint, body))
        assert (status, code) == (400, "UserError")
        assert "identities are immutable" in message
    assert (await plane.ask("PATCH", endpoint, {"tags": {"a": "b"}})).status == 202


@pytest.mark.parametrize(
    ("roles", "environment", "refusal"),
    [
        ((), CONDA, NO_PULL),
        (("AcrPull",), CONDA, NO_READ),
        (("Storage Blob Data Reader",), CONDA, NO_PULL),
        (("AcrPull", "Storage Blob Data Reader"), CONDA, ""),
        (("Contributor", "Storage Blob Data Owner"), CONDA, ""),
        ((), {}, NO_READ),
        (("Storage Blob Data Reader",), {}, ""),
        (("Storage Blob Data Reader",), {"image": "rulesregistry.azurecr.io/own:1"}, NO_PULL),
        (("AcrPull", "Storage Blob Data Reader"), {"image": "rulesregistry.azurecr.io/own:1"}, ""),
        (("AcrPull", "Storage Blob Data Reader"), {"image": "elsewhere.azurecr.io/own:1"}, NO_PULL),
    ],
)
async def test_a_user_assigned_identity_needs_its_roles(
    plane: ControlPlane, roles: tuple[str, ...], environment: dict[str, Any], refusal: str
) -> None:
    """The operation of a deployment ends with BadArgument without them; Microsoft's own registry takes none."""
    registry = await plane.provider(REGISTRIES, "rulesregistry", {"sku": {"name": "Premium"}})
    workspace = await plane.workspace(containerRegistry=registry)
    user, principal = await plane.identity()
    for role in roles:
        plane.emulator.part(Rights).assign(principal, plane.group, role)
    endpoint = await endpoint_with(plane, workspace, user)
    assert await roles_of(plane, principal) == dict.fromkeys(roles, plane.group.rsplit("/", 1)[-1])

    answer = await plane.ask(
        "PUT", f"{endpoint}/deployments/blue", asked(**await assets(plane, workspace, **environment))
    )
    operation = plane.emulator.operations.on(f"{endpoint}/deployments/blue")
    assert operation
    plane.settle()
    await plane.emulator.operations.ended(operation, 20)
    error = (await plane.get(answer.headers["Azure-AsyncOperation"]))["error"]
    # Without uploaded files nothing can start, so a deployment that passes these rules fails after them.
    assert (error["code"] == "BadArgument") == bool(refusal)
    assert error["message"].startswith(refusal)
