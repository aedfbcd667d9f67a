"""Store which model versions were admitted, in artifacts that the event service and every worker can read.

One artifact per workspace. A writer merges all artifact versions with the new data, writes the result, and deletes the
versions that it read: concurrent writers lose nothing, since the next writer merges the results of both.
"""

from __future__ import annotations

import json
from contextlib import suppress

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import Artifact as StoredArtifact
from prefect.exceptions import ObjectNotFound
from pydantic import ValidationError

from tasks.domain.azure.model import ModelRecord, Newest
from tasks.domain.common.arm_id import WorkspaceId
from tasks.runtime.artifact_keys import key_for


async def read_record(client: PrefectClient, workspace: WorkspaceId) -> ModelRecord:
    """Return the admitted versions of a workspace; empty for a new one."""
    return _joined(workspace, await _stored(client, workspace))


async def keep_record(client: PrefectClient, workspace: WorkspaceId, newest: Newest) -> None:
    """Add to the admitted versions. Safe to repeat: versions that are already recorded change nothing."""
    stored = await _stored(client, workspace)
    present = _joined(workspace, stored)
    record = present.joined(newest)
    if record == present and len(stored) < 2:
        return
    text = f"The newest version of each model in {workspace.workspace} that was admitted for redeployment"
    data = json.dumps(record.model_dump(mode="json"))
    await client.create_artifact(ArtifactCreate(type="json", key=_key(workspace), description=text, data=data))
    for old in stored:
        with suppress(ObjectNotFound):  # another writer has already deleted it
            await client.delete_artifact(old.id)


def _key(workspace: WorkspaceId) -> str:
    return key_for("admitted-models", workspace.workspace, workspace.key)


async def _stored(client: PrefectClient, workspace: WorkspaceId) -> list[StoredArtifact]:
    matching = ArtifactFilter(key=ArtifactFilterKey(any_=[_key(workspace)]))
    return await client.read_artifacts(artifact_filter=matching)


def _joined(workspace: WorkspaceId, stored: list[StoredArtifact]) -> ModelRecord:
    record = ModelRecord(workspace=workspace.key)
    for one in stored:
        record = record.joined(_newest(one.data))
    return record


def _newest(data: object) -> Newest:
    """Return the recorded versions; empty if the artifact has other content."""
    try:
        return ModelRecord.model_validate_json(str(data)).newest
    except ValidationError:
        return {}
