"""Workspaces that were deleted softly: their names stay taken until they are recovered, purged or 14 days old.

Source: learn.microsoft.com/azure/machine-learning/concept-soft-delete
"""

from __future__ import annotations

import uuid
from typing import Any

from deployments.emulator.clock import iso
from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request, not_found
from deployments.emulator.services.machine_learning.ids import WORKSPACE_TYPE, location_of
from deployments.emulator.services.machine_learning.workspaces.body import flag
from deployments.emulator.state import Resource, parent_of, type_of

DELETED = "Microsoft.MachineLearningServices/deletedWorkspaces"
DAYS = 14
# What is deleted at once; models, environments, data and datastores come back with the workspace.
LOST = ("computes", "onlineEndpoints", "outboundRules", "privateEndpointConnections")


def records(emulator: Emulator, scope: str) -> list[Resource]:
    """The soft-deleted workspaces of a subscription; those past their retention are gone."""
    found = emulator.resources.of_type(DELETED, scope)
    for record in [one for one in found if one.private["ends"] <= emulator.clock.now()]:
        emulator.resources.delete(record.id)
        found.remove(record)
    return found


def record_of(emulator: Emulator, workspace_id: str) -> Resource | None:
    """The soft-deleted workspace of an id."""
    found = records(emulator, "/".join(workspace_id.split("/")[:3]))
    return next((one for one in found if one.private["id"].lower() == workspace_id.lower()), None)


def refuse_taken_name(emulator: Emulator, workspace_id: str) -> None:
    """Refuse a new workspace where a soft-deleted one of its group holds the name.

    Raises:
        ArmError: 400 BadRequest.
    """
    if record_of(emulator, workspace_id):
        raise bad_request(
            "BadRequest", "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete"
        )


def wants_recovery(request: dict[str, Any]) -> bool:
    """Whether a request recovers a workspace instead of creating it."""
    return flag((request.get("properties") or {}).get("allowRecoverSoftDeletedWorkspace"))


def mark(emulator: Emulator, workspace: Resource, *, is_purge: bool) -> None:
    """Note whether a deletion that begins is for good."""
    workspace.private["purge"] = is_purge
    emulator.resources.save(workspace)


def keep(emulator: Emulator, workspace: Resource) -> None:
    """Keep a workspace that is removed, by itself or with its group, unless it is purged."""
    if workspace.private.get("purge"):
        return
    now = emulator.clock.now()
    inner = [one for one in emulator.resources.below(workspace.id) if not _is_lost(one)]
    subscription = parent_of(parent_of(workspace.id))
    shown = {
        "id": workspace.id,
        "name": workspace.name,
        "type": DELETED,
        "location": workspace.body["location"],
        "tags": workspace.body.get("tags") or {},
        "properties": {"deletionDate": iso(now), "scheduledPurgeDate": iso(now + DAYS * 86_400)},
    }
    private = {
        "id": workspace.id,
        "ends": now + DAYS * 86_400,
        "shown": shown,
        "kept": [[one.id, one.body, one.private] for one in (workspace, *inner)],
    }
    identity = f"{subscription}/providers/{DELETED}/{uuid.uuid4()}"
    properties = {"workspaceId": workspace.properties["workspaceId"], "region": location_of(workspace)}
    emulator.resources.create(identity, properties, private)


def restore(emulator: Emulator, workspace_id: str) -> Resource:
    """Bring a soft-deleted workspace and what was kept of it back; it is being created again until that ends.

    Raises:
        ArmError: 404, where there is none of this id.
    """
    record = record_of(emulator, workspace_id)
    if record is None:
        raise not_found(workspace_id)
    for identity, body, private in record.private["kept"]:
        emulator.resources.put(identity, body, private)
    emulator.resources.delete(record.id)
    workspace = emulator.resources.require(workspace_id)
    workspace.properties["provisioningState"] = "Creating"
    emulator.resources.save(workspace)
    return workspace


def _is_lost(inner: Resource) -> bool:
    kind = type_of(inner.id).lower()
    lost = tuple(f"{WORKSPACE_TYPE}/{one}".lower() for one in LOST)
    return kind.startswith(lost) or not kind.startswith(WORKSPACE_TYPE.lower())
