"""Store the health records of endpoints between runs, in artifacts that every worker can read.

One artifact per workspace, under a key derived from its ARM id: runs with any scope share it, so that a run over one
endpoint and the nightly run over all of them agree on what changed. Only the newest version is kept. A Prefect variable
is limited to 5,000 characters, and a file would be local to one worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from prefect import task
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
from tasks.runtime.artifacts import publish_data
from tasks.runtime.results import UNCACHED

_PAGE: Final = 100


def record_key(workspace_id: str) -> str:
    """Return the artifact key of a workspace's health record."""
    return key_for("scoring-record", workspace_id.rsplit("/", 1)[-1], workspace_id)


@task(task_run_name="read health records", **UNCACHED)
async def read_records(workspace_ids: Sequence[str]) -> dict[str, HealthRecord]:
    """Read the records by workspace id in lower case; none for a workspace without an earlier run."""
    found: list[HealthRecord | None] = []
    async with get_client() as client:
        for begin in range(0, len(workspace_ids), _PAGE):
            keys = [record_key(one) for one in workspace_ids[begin : begin + _PAGE]]
            matching = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=keys))
            page = await client.read_latest_artifacts(artifact_filter=matching, limit=_PAGE)
            found += [_as_record(one.key, one.data) for one in page]
    return {one.workspace.lower(): one for one in found if one}


@task(task_run_name="save health records", **UNCACHED)
async def keep_records(records: Iterable[HealthRecord]) -> None:
    """Write the records, then delete their older versions. Safe to run again, and concurrently with another run."""
    async with get_client() as client:
        for record in records:
            key, name = record_key(record.workspace), record.workspace.rsplit("/", 1)[-1]
            text = f"Health of {len(record.endpoints)} endpoints in {name}, for the next run"
            made = await publish_data("json", key, text, record.model_dump(mode="json"), client)
            versions = await client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
            mine = next((one.created for one in versions if one.id == made), None)
            for old in (one for one in versions if mine and one.created and one.created < mine):
                with suppress(ObjectNotFound):  # another run was first
                    await client.delete_artifact(old.id)


def _as_record(key: str, data: object) -> HealthRecord | None:
    """Return the record; None if the artifact under its key has other content."""
    try:
        return HealthRecord.model_validate_json(str(data))
    except ValidationError as error:
        get_run_logger().warning("artifact %s is not a health record, so its endpoints count as new: %s", key, error)
        return None
