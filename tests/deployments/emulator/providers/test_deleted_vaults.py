"""Vaults that were deleted softly hold their names."""

from __future__ import annotations

import pytest
from support.emulator.control_plane import VAULT, ControlPlane, error_of

VERSION = "api-version=2023-07-01"
DAY = 86_400


async def test_a_deleted_vaults_name_is_taken_until_it_is_purged(plane: ControlPlane) -> None:
    """ConflictError with Azure's sentence; the list says until when."""
    vault = plane.made["keyVault"]
    subscription = plane.group.rsplit("/", 2)[0]
    assert (await plane.ask("DELETE", f"{vault}?{VERSION}")).status == 200
    body = {"location": "westeurope", **VAULT}
    status, code, message = error_of(await plane.ask("PUT", f"{vault}?{VERSION}", body))
    assert (status, code) == (409, "ConflictError")
    assert message.startswith("A vault with the same name already exists in deleted state.")
    listed = await plane.get(f"{subscription}/providers/Microsoft.KeyVault/deletedVaults?{VERSION}")
    (deleted,) = listed["value"]
    assert (deleted["name"], deleted["properties"]["vaultId"]) == ("rules-vault", vault)
    assert deleted["properties"]["scheduledPurgeDate"] > deleted["properties"]["deletionDate"]
    begun = await plane.ask("POST", f"{deleted['id']}/purge?{VERSION}")
    assert begun.status == 202
    plane.settle()
    assert (await plane.ask("GET", begun.headers["Location"])).status == 200
    assert (await plane.ask("GET", f"{deleted['id']}?{VERSION}")).status == 404
    assert (await plane.ask("PUT", f"{vault}?{VERSION}", body)).status == 200


async def test_a_deleted_vault_is_recovered_as_it_was(plane: ControlPlane) -> None:
    """With createMode recover; the deleted one is gone from the list."""
    vault = await plane.provider("Microsoft.KeyVault/vaults", "kept", {**VAULT, "tags": {"team": "a"}})
    await plane.ask("DELETE", f"{vault}?{VERSION}")
    wanted = {"location": "westeurope", "properties": {**VAULT["properties"], "createMode": "recover"}}
    await plane.put(f"{vault}?{VERSION}", wanted)
    assert (await plane.get(f"{vault}?{VERSION}"))["tags"] == {"team": "a"}
    unknown = vault.replace("kept", "never")
    assert error_of(await plane.ask("PUT", f"{unknown}?{VERSION}", wanted))[:2] == (404, "ResourceNotFound")


async def test_a_protected_vault_is_not_purged_and_leaves_after_its_retention(plane: ControlPlane) -> None:
    """A group's deletion keeps it, too."""
    protected = {"properties": {**VAULT["properties"], "enablePurgeProtection": True, "softDeleteRetentionInDays": 7}}
    vault = await plane.provider("Microsoft.KeyVault/vaults", "safe", protected)
    await plane.ask("DELETE", plane.group)
    plane.settle()
    subscription = plane.group.rsplit("/", 2)[0]
    deleted = f"{subscription}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/safe"
    assert (await plane.get(f"{deleted}?{VERSION}"))["properties"]["purgeProtectionEnabled"] is True
    assert error_of(await plane.ask("POST", f"{deleted}/purge?{VERSION}"))[:2] == (405, "MethodNotAllowed")
    plane.emulator.clock.advance(7 * DAY)
    assert (await plane.ask("GET", f"{deleted}?{VERSION}")).status == 404
    await plane.put(f"{plane.group}?api-version=2021-04-01", {"location": "westeurope"})
    assert (await plane.ask("PUT", f"{vault}?{VERSION}", {"location": "westeurope", **VAULT})).status == 200


@pytest.mark.parametrize("days", [6, 91])
async def test_retention_is_from_7_to_90_days(plane: ControlPlane, days: int) -> None:
    """Azure's limits."""
    place = f"{plane.group}/providers/Microsoft.KeyVault/vaults/short?{VERSION}"
    body = {"location": "westeurope", "properties": {**VAULT["properties"], "softDeleteRetentionInDays": days}}
    assert error_of(await plane.ask("PUT", place, body))[:2] == (400, "BadRequest")
