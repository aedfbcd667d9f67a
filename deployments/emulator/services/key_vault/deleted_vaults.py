"""Vaults that were deleted softly: listed, recovered, purged, and gone for good after their retention."""

from __future__ import annotations

from typing import Any

from deployments.emulator.clock import iso
from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError, not_found
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services import polling
from deployments.emulator.state import Resource

PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.KeyVault"
ONE = PROVIDER + "/locations/{location}/deletedVaults/{vault}"
STATUS = PROVIDER + "/locations/{location}/operationResults/{operation}"
DELETED = "Microsoft.KeyVault/locations/deletedVaults"
VAULTS = "Microsoft.KeyVault/vaults"
PURGE = "vaults.purge"
DAY = 86_400


def routes() -> list[Route]:
    """List, read and purge."""
    return [
        Route("GET", PROVIDER + "/deletedVaults", _list),
        Route("GET", ONE, _get),
        Route("POST", ONE + "/purge", _purge),
        Route("GET", STATUS, _status, polling=True),
    ]


def set_up(emulator: Emulator) -> None:
    """Keep a vault that is removed, whoever removes it, and register how a purge ends."""
    emulator.removal.on_delete(VAULTS, _keep)
    emulator.operations.completes(PURGE, _purged)


def deleted_vault(emulator: Emulator, name: str) -> Resource | None:
    """The soft-deleted vault that holds a name, in any subscription or region; past its retention it is gone."""
    for record in emulator.resources.named(DELETED, name):
        if record.private["ends"] > emulator.clock.now():
            return record
        emulator.resources.delete(record.id)
    return None


def recovered(emulator: Emulator, vault_id: str) -> Resource:
    """The vault as it was before its deletion; its name is an ordinary one again.

    Raises:
        ArmError: 404, where none of this id was deleted softly.
    """
    record = deleted_vault(emulator, vault_id.rsplit("/", 1)[-1])
    if record is None or str(record.properties["vaultId"]).lower() != vault_id.lower():
        raise not_found(vault_id)
    emulator.resources.delete(record.id)
    return Resource(vault_id, record.private["body"])


def _keep(emulator: Emulator, vault: Resource) -> None:
    now, days = emulator.clock.now(), int(vault.properties["softDeleteRetentionInDays"])
    subscription, location = vault.id.split("/")[2], vault.body["location"]
    properties: dict[str, Any] = {
        "vaultId": vault.id,
        "location": location,
        "tags": vault.body.get("tags") or {},
        "deletionDate": iso(now),
        "scheduledPurgeDate": iso(now + days * DAY),
    }
    if vault.properties.get("enablePurgeProtection"):
        properties["purgeProtectionEnabled"] = True
    identity = ONE.format(subscription=subscription, location=location, vault=vault.name)
    emulator.resources.create(identity, properties, {"body": vault.body, "ends": now + days * DAY})


def _list(call: Call) -> Answer:
    scope = f"/subscriptions/{call.params['subscription']}"
    found = call.emulator.resources.of_type(DELETED, scope)
    return Answer(200, {"value": [one.body for one in found if deleted_vault(call.emulator, one.name)]})


def _required(call: Call) -> Resource:
    found = call.emulator.resources.get(ONE.format(**call.params))
    if found is None or deleted_vault(call.emulator, found.name) is None:
        name, place = call.params["vault"], call.params["location"]
        raise ArmError(404, "DeletedVaultNotFound", f"The deleted vault '{name}' in '{place}' does not exist.")
    return found


def _get(call: Call) -> Answer:
    return Answer(200, _required(call).body)


def _purge(call: Call) -> Answer:
    record = _required(call)
    if record.properties.get("purgeProtectionEnabled"):
        raise ArmError(405, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed.")
    operation = call.emulator.operations.on(record.id) or call.emulator.operations.start(PURGE, record.id)
    address = STATUS.format(**call.params, operation=operation.id)
    place = f"https://{call.host}{address}?api-version={call.api_version}"
    return Answer(202, None, polling.waiting_headers(result_url=place))


def _purged(emulator: Emulator, operation: Operation) -> None:
    emulator.resources.delete(operation.resource_id)


def _status(call: Call) -> Answer:
    operation = call.emulator.operations.get(call.params["operation"])
    if operation is None:
        raise not_found(call.path)
    return polling.result_answer(operation, call, empty=200)
