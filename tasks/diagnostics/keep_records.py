"""Keep what is known of the endpoints from run to run, in artifacts that every worker reaches.

One artifact a workspace, under a key made of its ARM id: runs over any scope share it, so that a look at one endpoint
and the nightly look at all of them agree on what is news. Only its newest version is kept. A Prefect variable would
hold 5,000 characters at most, and a file would be one worker's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from prefect import task
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactCollectionFilter,
    ArtifactCollectionFilterKey,
    ArtifactFilter,
    ArtifactFilterKey,
)
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_run_logger
from pydantic import ValidationError

from tasks.domain.diagnostics.health_record import HealthRecord
from tasks.runtime.artifact_keys import key_for
from tasks.runtime.results import LOOK_AGAIN

_PAGE: Final = 100


def record_key(workspace_id: str) -> str:
    """The artifact key of a workspace's record."""
    return key_for("scoring-record", workspace_id.rsplit("/", 1)[-1], workspace_id)


@task(task_run_name="read what is known", **LOOK_AGAIN)
async def read_records(workspace_ids: Sequence[str]) -> dict[str, HealthRecord]:
    """The records by workspace id in lower case; none for a workspace that nobody looked at yet."""
    found: list[HealthRecord | None] = []
    async with get_client() as client:
        for begin in range(0, len(workspace_ids), _PAGE):
            keys = [record_key(one) for one in workspace_ids[begin : begin + _PAGE]]
            wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=keys))
            page = await client.read_latest_artifacts(artifact_filter=wanted, limit=_PAGE)
            found += [_as_record(one.key, one.data) for one in page]
    return {one.workspace.lower(): one for one in found if one}


@task(task_run_name="keep what is known", **LOOK_AGAIN)
async def keep_records(records: Iterable[HealthRecord]) -> None:
    """Write the records, then remove their older versions; safe to run again, and beside another run."""
    async with get_client() as client:
        for record in records:
            key, name = record_key(record.workspace), record.workspace.rsplit("/", 1)[-1]
            told = f"What is known of {len(record.endpoints)} endpoints in {name}, for the next run"
            made = await Artifact(type="json", key=key, description=told, data=record.model_dump(mode="json")).acreate(
                client
            )
            versions = await client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
            mine = next((one.created for one in versions if one.id == made.id), None)
            for old in (one for one in versions if mine and one.created and one.created < mine):
                with suppress(ObjectNotFound):  # another run was first
                    await client.delete_artifact(old.id)


def _as_record(key: str, data: object) -> HealthRecord | None:
    """The record; None where somebody else wrote something under its key."""
    try:
        return HealthRecord.model_validate_json(str(data))
    except ValidationError as error:
        get_run_logger().warning("artifact %s is no record, so its endpoints count as new: %s", key, error)
        return None
