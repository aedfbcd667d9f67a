"""Datastores: the four that every workspace begins with, and those that users add."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.machine_learning.ids import WORKSPACE, author, workspace_of
from deployments.emulator.services.machine_learning.paging import page
from deployments.emulator.services.machine_learning.refusals import missing, user_error
from deployments.emulator.services.machine_learning.workspaces.body import stamp
from deployments.emulator.services.storage import accounts, blobs, sas
from deployments.emulator.state import Resource

DATASTORES = WORKSPACE + "/datastores"
DATASTORE = DATASTORES + "/{datastore}"
BLOB_STORE = "workspaceblobstore"
SAS_SECONDS = 86_400.0
EVERYTHING = "rwdl"
NO_CREDENTIALS = "None"


def routes() -> list[Route]:
    """Datastores and their secrets."""
    return [
        Route("GET", DATASTORES, _list),
        Route("GET", DATASTORE, _get),
        Route("PUT", DATASTORE, _put),
        Route("DELETE", DATASTORE, _delete),
        Route("POST", DATASTORE + "/listSecrets", _list_secrets),
    ]


def create_defaults(emulator: Emulator, workspace: Resource) -> None:
    """Make the datastores of a new workspace (form: the recordings): two blob containers and two file shares."""
    guid, account = workspace.properties["workspaceId"], workspace.properties["storageAccount"].rsplit("/", 1)[-1]
    for name, container in ((BLOB_STORE, f"azureml-blobstore-{guid}"), ("workspaceartifactstore", "azureml")):
        blobs.create_container(emulator, account, container)
        _write(
            emulator,
            workspace,
            name,
            {"datastoreType": "AzureBlob", "containerName": container, "accountName": account},
        )
    for name, share in (("workspacefilestore", "azureml-filestore"), ("workspaceworkingdirectory", "code")):
        place = {"fileShareName": f"{share}-{guid}", "accountName": account}
        _write(emulator, workspace, name, {"datastoreType": "AzureFile", **place})


def _write(emulator: Emulator, workspace: Resource, name: str, place: dict[str, Any]) -> None:
    own = name == BLOB_STORE
    identity_only = workspace.properties.get("systemDatastoresAuthMode") == "identity"
    properties = {
        "description": None,
        "tags": None,
        "properties": None,
        "isDefault": own,
        "credentials": {"credentialsType": NO_CREDENTIALS if identity_only else "AccountKey"},
        **place,
        "endpoint": "core.windows.net",
        "protocol": "https",
        "serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity" if own else "None",
    }
    _store(emulator, f"{workspace.id}/datastores/{name}", properties, "service")


def _store(emulator: Emulator, identity: str, properties: dict[str, Any], by: str) -> Resource:
    return emulator.resources.create(identity, properties, systemData=stamp(emulator.clock.timestamp(), by))


def _datastore(call: Call) -> Resource:
    name = call.params["datastore"]
    found = call.emulator.resources.get(f"{workspace_of(call).id}/datastores/{name}")
    if found is None:
        raise missing("datastore", name)
    return found


def _list(call: Call) -> Answer:
    found = call.emulator.resources.members(f"{workspace_of(call).id}/datastores")
    is_default = call.query.get("isdefault", "").lower()
    if is_default:
        found = [datastore for datastore in found if datastore.properties["isDefault"] == (is_default == "true")]
    return page(call, found, lambda datastore: datastore.body)


def _get(call: Call) -> Answer:
    return Answer(200, _datastore(call).body)


def _put(call: Call) -> Answer:
    identity = f"{workspace_of(call).id}/datastores/{call.params['datastore']}"
    old, desired = call.emulator.resources.get(identity), call.json().get("properties") or {}
    if desired.get("datastoreType") not in ("AzureBlob", "AzureFile"):
        raise user_error("The emulator keeps datastores of the types AzureBlob and AzureFile only.")
    kind = (desired.get("credentials") or {}).get("credentialsType", NO_CREDENTIALS)
    if old and old.properties["isDefault"] and not desired.get("isDefault"):
        raise user_error(f"The datastore '{old.name}' is the workspace's default one, so isDefault has to stay true.")
    defaults: dict[str, Any] = {"description": None, "tags": {}, "properties": None, "isDefault": False}
    places = {"endpoint": "core.windows.net", "protocol": "https", "serviceDataAccessAuthIdentity": "None"}
    properties = {**defaults, **places, **desired, "credentials": {"credentialsType": kind}}
    found = _store(call.emulator, identity, properties, author(call))
    return Answer(200 if old else 201, found.body)


def _delete(call: Call) -> Answer:
    identity = f"{workspace_of(call).id}/datastores/{call.params['datastore']}"
    return Answer(200 if call.emulator.removal.remove(identity) else 204)


def _list_secrets(call: Call) -> Answer:
    """Return a signature for the container, whatever the user stored: the emulator keeps no foreign secrets.

    Raises:
        ArmError: 400, for a datastore without credentials, whose users bring their own token.
    """
    properties = _datastore(call).properties
    if properties["datastoreType"] != "AzureBlob":
        raise user_error("The emulator has no file shares, so no secrets of them either.")
    if properties["credentials"]["credentialsType"] == NO_CREDENTIALS:
        raise user_error(f"The datastore '{call.params['datastore']}' has no credentials, so it has no secrets.")
    account, container = properties["accountName"], properties["containerName"]
    if accounts.known_keys(call.emulator, account) is None:
        raise user_error(f"The storage account '{account}' of the datastore does not exist.")
    token = sas.container_token(call.emulator, account, container, EVERYTHING, SAS_SECONDS)
    return Answer(200, {"secretsType": "Sas", "sasToken": token})
