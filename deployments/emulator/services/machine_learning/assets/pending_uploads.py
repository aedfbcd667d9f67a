"""Places for files that are uploaded before their asset exists."""

from __future__ import annotations

import uuid
from functools import partial

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.machine_learning.assets.kinds import KINDS, Kind
from deployments.emulator.services.machine_learning.ids import WORKSPACE, workspace_of
from deployments.emulator.services.storage import accounts, blobs, sas

SECONDS = 28_800.0


def routes() -> list[Route]:
    """For each kind of asset that has files."""
    path = "/{name}/versions/{version}/startPendingUpload"
    return [Route("POST", f"{WORKSPACE}/{kind.folder}{path}", partial(_start, kind)) for kind in KINDS if kind.uri]


def _start(kind: Kind, call: Call) -> Answer:
    """A container of its own, and a signature for it (form: azure-rest-api-specs, PendingUploadResponseDto)."""
    workspace = workspace_of(call)
    storage = workspace.properties["storageAccount"]
    account, name = storage.rsplit("/", 1)[-1].lower(), uuid.uuid4()
    container = f"{workspace.properties['workspaceId'][:8]}-{kind.folder[0]}-{name}"
    blobs.create_container(call.emulator, account, container)
    sign = sas.container_token if accounts.takes_keys(call.emulator, account) else sas.delegated_token
    token = sign(call.emulator, account, container, "rcwl", SECONDS)
    place = f"https://{account}.blob.core.windows.net:443/{container}"
    credential = {"credentialType": "SAS", "sasUri": f"https://{account}.blob.core.windows.net/{container}?{token}"}
    reference = {"blobUri": place, "storageAccountArmId": storage, "credential": credential}
    return Answer(
        200,
        {
            "pendingUploadId": str(uuid.uuid4()),
            "pendingUploadType": "TemporaryBlobReference",
            "blobReferenceForConsumption": reference,
        },
    )
