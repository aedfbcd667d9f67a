"""The record of admitted versions, written by several at once."""

from __future__ import annotations

import asyncio

from prefect.client.orchestration import get_client
from support.events.samples import WORKSPACE
from support.prefect.server import RunningPrefect

from tasks.domain.azure.model import NewestVersion
from tasks.domain.common.arm_id import WorkspaceId
from tasks.events.model_records import keep_record, read_record


async def test_writers_at_once_lose_nothing(prefect_server: RunningPrefect) -> None:
    """Each replaces what it found, which another one may have replaced already; the next reader joins what is there."""
    place = WorkspaceId.parse(WORKSPACE.replace("ml-events", "ml-records"))
    assert place
    async with get_client() as client:
        await keep_record(client, place, {"churn": NewestVersion(version="1")})
        writers = [keep_record(client, place, {f"m{n}": NewestVersion(version="1")}) for n in range(8)]
        await asyncio.gather(*writers)
        found = await read_record(client, place)
    assert set(found.newest) == {"churn", *(f"m{n}" for n in range(8))}
