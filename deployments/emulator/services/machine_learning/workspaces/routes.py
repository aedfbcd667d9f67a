"""Workspaces: create, read, list, update and delete."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services import network
from deployments.emulator.services.machine_learning import settling, waiting
from deployments.emulator.services.machine_learning.identities import assigned_roles, managed
from deployments.emulator.services.machine_learning.ids import (
    GROUP,
    PROVIDER,
    SUBSCRIPTION,
    WORKSPACE,
    WORKSPACE_TYPE,
    WORKSPACES,
    author,
    location_of,
    workspace_id,
    workspace_of,
)
from deployments.emulator.services.machine_learning.network_isolation import approvals, managed_network
from deployments.emulator.services.machine_learning.network_isolation.isolation import DISABLED
from deployments.emulator.services.machine_learning.paging import page
from deployments.emulator.services.machine_learning.refusals import busy
from deployments.emulator.services.machine_learning.workspaces import datastores, soft_delete
from deployments.emulator.services.machine_learning.workspaces.body import (
    check_parts,
    document,
    flag,
    merge,
    new_workspace,
)
from deployments.emulator.services.storage import accounts
from deployments.emulator.state import Resource

ACTION = f"{WORKSPACE_TYPE}/write"
CREATE, UPDATE, DELETE = "workspace.create", "workspace.update", "workspace.delete"
RECOVER, PURGE = "workspace.recover", "workspace.purge"


def routes() -> list[Route]:
    """The workspaces themselves."""
    return [
        Route("GET", SUBSCRIPTION + f"/providers/{PROVIDER}/workspaces", _list_all),
        Route("GET", WORKSPACES, _list),
        Route("GET", WORKSPACE, _get),
        Route("PUT", WORKSPACE, _put),
        Route("PATCH", WORKSPACE, _patch),
        Route("DELETE", WORKSPACE, _delete),
        Route("GET", SUBSCRIPTION + f"/providers/{PROVIDER}/deletedWorkspaces", _list_deleted),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how operations on workspaces end."""
    emulator.operations.completes(CREATE, _complete_create, failed=settling.fail)
    emulator.operations.completes(UPDATE, _complete_update, failed=settling.fail)
    emulator.operations.completes(DELETE, settling.remove, failed=settling.fail)
    emulator.operations.completes(RECOVER, _complete_recovery, failed=settling.fail)
    emulator.operations.completes(PURGE, settling.remove)
    emulator.removal.on_delete(WORKSPACE_TYPE, soft_delete.keep)


def _list_all(call: Call) -> Answer:
    found = call.emulator.resources.of_type(WORKSPACE_TYPE, SUBSCRIPTION.format(**call.params))
    return page(call, found, lambda workspace: document(call.emulator, workspace, call.api_version))


def _list(call: Call) -> Answer:
    call.emulator.resources.require(GROUP.format(**call.params))
    found = call.emulator.resources.members(WORKSPACES.format(**call.params))
    return page(call, found, lambda workspace: document(call.emulator, workspace, call.api_version))


def _list_deleted(call: Call) -> Answer:
    found = soft_delete.records(call.emulator, SUBSCRIPTION.format(**call.params))
    return Answer(200, {"value": [record.private["shown"] for record in found]})


def _get(call: Call) -> Answer:
    return Answer(200, document(call.emulator, workspace_of(call), call.api_version))


def _put(call: Call) -> Answer:
    workspace = call.emulator.resources.get(workspace_id(call))
    return _create(call) if workspace is None else _update(call, workspace)


def _create(call: Call) -> Answer:
    emulator, identity, request = call.emulator, workspace_id(call), call.json()
    if soft_delete.wants_recovery(request):
        return _recover(call)
    soft_delete.refuse_taken_name(emulator, identity)
    group = emulator.resources.require(GROUP.format(**call.params))
    request = {"location": group.body["location"], **request}
    desired = request.get("properties") or {}
    check_parts(emulator, identity, desired, new=True)
    managed.check(emulator, identity, request.get("identity") or {})
    workspace = new_workspace(emulator, identity, request, author(call))
    settings = desired.get("managedNetwork") or {}
    managed_network.check(emulator, workspace, settings)
    approvals.require(call, ACTION, identity, settings.get("outboundRules") or {})
    managed_network.apply(emulator, workspace, settings)
    emulator.resources.put(identity, workspace.body)
    operation = emulator.operations.start(CREATE, identity, data=request)
    return Answer(202, None, waiting.workspace_headers(call, workspace, operation))


def _recover(call: Call) -> Answer:
    workspace = soft_delete.restore(call.emulator, workspace_id(call))
    check_parts(call.emulator, workspace.id, workspace.properties, new=True)
    operation = call.emulator.operations.start(RECOVER, workspace.id)
    return Answer(202, None, waiting.workspace_headers(call, workspace, operation))


def _complete_recovery(emulator: Emulator, operation: Operation) -> dict[str, Any]:
    workspace = emulator.resources.require(operation.resource_id)
    assigned_roles.assign_to_workspace(emulator, workspace)
    settling.succeed(emulator, operation)
    return document(emulator, workspace)


def _complete_create(emulator: Emulator, operation: Operation) -> dict[str, Any]:
    workspace = emulator.resources.require(operation.resource_id)
    accounts.keys_of(emulator, str(workspace.properties["storageAccount"]).rsplit("/", 1)[-1])
    datastores.create_defaults(emulator, workspace)
    assigned_roles.assign_to_workspace(emulator, workspace)
    _provision_if_asked(emulator, workspace, operation.data)
    network.workspace_created(emulator, workspace)
    settling.succeed(emulator, operation)
    return document(emulator, workspace)


def _provision_if_asked(emulator: Emulator, workspace: Resource, request: dict[str, Any]) -> None:
    provision_now = flag((request.get("properties") or {}).get("provisionNetworkNow"))
    if provision_now and managed_network.mode_of(workspace) != DISABLED:
        managed_network.activate(emulator, workspace, spark=False)


def _patch(call: Call) -> Answer:
    return _update(call, workspace_of(call))


def _update(call: Call, workspace: Resource) -> Answer:
    request = call.json()
    _check_update(call, workspace, request)
    running = call.emulator.operations.on(workspace.id)
    if running and running.kind == CREATE and running.data == {**running.data, **request}:
        return Answer(202, None, waiting.workspace_headers(call, workspace, running))
    operation = managed_network.begin(call, workspace, UPDATE, {**request, "by": author(call)})
    settling.settle(call.emulator, workspace.id, "Updating")
    return Answer(202, None, waiting.workspace_headers(call, workspace, operation))


def _check_update(call: Call, workspace: Resource, request: dict[str, Any]) -> None:
    if workspace.properties["provisioningState"] == "Deleting":
        raise busy(f"Workspace '{workspace.name}' is being deleted.")
    region = str(request.get("location") or "").replace(" ", "").lower()
    if region and region != location_of(workspace):
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{workspace.name}' already exists in location '{location_of(workspace)}' in resource group "
            f"'{call.params['group']}'. A resource with the same name cannot be created in location '{region}'. "
            "Please select a new resource name.",
        )
    desired = request.get("properties") or {}
    check_parts(call.emulator, workspace.id, desired, new=False)
    managed.check(call.emulator, workspace.id, request.get("identity") or {})
    for part in ("storageAccount", "keyVault"):
        if desired.get(part) and str(desired[part]).lower() != str(workspace.properties[part]).lower():
            raise bad_request("BadRequest", f"The {part} of a workspace cannot be changed.")
    if desired.get("managedNetwork"):
        managed_network.check(call.emulator, workspace, desired["managedNetwork"])
        approvals.require(call, ACTION, workspace.id, desired["managedNetwork"].get("outboundRules") or {})


def _complete_update(emulator: Emulator, operation: Operation) -> dict[str, Any]:
    workspace, request = emulator.resources.require(operation.resource_id), operation.data
    merge(emulator, workspace, request, request["by"])
    desired = request.get("properties") or {}
    assigned_roles.assign_to_workspace(emulator, workspace)
    managed_network.apply(emulator, workspace, desired.get("managedNetwork") or {})
    _provision_if_asked(emulator, workspace, request)
    settling.succeed(emulator, operation)
    return document(emulator, workspace)


def _delete(call: Call) -> Answer:
    call.emulator.resources.require(GROUP.format(**call.params))
    is_purge = flag(call.query.get("forcetopurge"))
    workspace = call.emulator.resources.get(workspace_id(call))
    if workspace is None:
        return _purge(call) if is_purge else Answer(204)
    soft_delete.mark(call.emulator, workspace, is_purge=is_purge)
    operation = settling.begin_deletion(call.emulator, workspace, DELETE)
    return Answer(202, None, waiting.workspace_headers(call, workspace, operation))


def _purge(call: Call) -> Answer:
    record = soft_delete.record_of(call.emulator, workspace_id(call))
    if record is None:
        return Answer(204)
    operation = call.emulator.operations.on(record.id) or call.emulator.operations.start(PURGE, record.id)
    deleted = Resource(record.private["id"], record.private["shown"])
    return Answer(202, None, waiting.workspace_headers(call, deleted, operation))
