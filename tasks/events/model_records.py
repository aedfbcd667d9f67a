"""Keep which model versions were admitted, in artifacts that the event service and every worker reach.

One artifact a workspace. A writer joins all versions of it that it finds with what is new, writes that, and removes
those that it read: two writers at once lose nothing, since the next one joins what both have left.
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
    """What was admitted in a workspace; nothing for one that is new."""
    return _joined(workspace, await _stored(client, workspace))


async def keep_record(client: PrefectClient, workspace: WorkspaceId, newest: Newest) -> None:
    """Add to what was admitted. May be repeated: what is there already changes nothing."""
    stored = await _stored(client, workspace)
    present = _joined(workspace, stored)
    record = present.joined(newest)
    if record == present and len(stored) < 2:
        return
    told = f"The newest version of each model in {workspace.workspace} that was admitted to redeployment"
    data = json.dumps(record.model_dump(mode="json"))
    await client.create_artifact(ArtifactCreate(type="json", key=_key(workspace), description=told, data=data))
    for old in stored:
        with suppress(ObjectNotFound):  # another writer was first
            await client.delete_artifact(old.id)


def _key(workspace: WorkspaceId) -> str:
    return key_for("admitted-models", workspace.workspace, workspace.key)


async def _stored(client: PrefectClient, workspace: WorkspaceId) -> list[StoredArtifact]:
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[_key(workspace)]))
    return await client.read_artifacts(artifact_filter=wanted)


def _joined(workspace: WorkspaceId, stored: list[StoredArtifact]) -> ModelRecord:
    record = ModelRecord(workspace=workspace.key)
    for one in stored:
        record = record.joined(_newest(one.data))
    return record


def _newest(data: object) -> Newest:
    """Nothing, where somebody else wrote something under the key."""
    try:
        return ModelRecord.model_validate_json(str(data)).newest
    except ValidationError:
        return {}
