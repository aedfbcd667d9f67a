"""Deliver events to Prefect exactly once, and confirm that they are stored.

Prefect's server responds before it has stored an event, drops duplicates for only five minutes, and triggers
automations for later ones. So ids are looked up before sending, and read back afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.events import Event
from pydantic import BaseModel, ValidationError

from tasks.domain.common.errors import ServiceUnavailable
from tasks.domain.events.prefect_event import PrefectEvent
from tasks.runtime.prefect_api import prefect_errors

PAGE: Final = 50
PATIENCE_SECONDS: Final = 20.0  # the server stores events at least every five seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.5
_AGE: Final = timedelta(days=400)
_HINT: Final = "Check PREFECT_API_URL. No event is lost."


class _Stored(BaseModel):
    id: UUID
    occurred: datetime


class _Page(BaseModel):
    events: list[_Stored]


@asynccontextmanager
async def prefect() -> AsyncIterator[PrefectClient]:
    """Open a client for Prefect's server, with errors translated into this project's.

    Raises:
        TemporaryError: When Prefect is unreachable or temporarily unavailable.
        RequestRefused: When Prefect rejects the request.
    """
    try:
        with prefect_errors():
            async with get_client() as client:
                yield client
    except ValidationError as error:
        raise ServiceUnavailable("the server at Prefect's address is not a Prefect server", _HINT) from error


async def known(client: PrefectClient, ids: Collection[UUID]) -> set[UUID]:
    """Return the ids of those events that Prefect has."""
    return set(await sent_times(client, ids))


async def sent_times(client: PrefectClient, ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return the ids of those events that Prefect has, with the time when each was sent."""
    listed, found = list(ids), dict[UUID, datetime]()
    for begin in range(0, len(listed), PAGE):
        found |= await _page(client, listed[begin : begin + PAGE])
    return found


async def post(client: PrefectClient, events: Sequence[PrefectEvent]) -> None:
    """Send events that Prefect does not have; it stores them asynchronously."""
    for begin in range(0, len(events), PAGE):
        page = [as_event(one) for one in events[begin : begin + PAGE]]
        await _ask(client, "/events", [one.model_dump(mode="json") for one in page])


async def confirm(client: PrefectClient, ids: Iterable[UUID]) -> None:
    """Wait until Prefect has stored all of these events.

    Raises:
        ServiceUnavailable: When some are not stored in time.
    """
    missing, pause = set(ids), _FIRST_PAUSE
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while missing:
        missing -= await known(client, missing)
        if missing and asyncio.get_running_loop().time() > deadline:
            raise not_stored(len(missing))
        if missing:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)


def not_stored(number: int) -> ServiceUnavailable:
    """Return the error for events that Prefect accepted but has not stored. Sending them again makes no duplicates."""
    return ServiceUnavailable(
        f"Prefect accepted {number} events, but has not stored them within {PATIENCE_SECONDS:.0f} s",
        "Send them again later. If it persists, check the log of the Prefect server.",
    )


async def _page(client: PrefectClient, ids: list[UUID]) -> dict[UUID, datetime]:
    now = datetime.now(UTC)
    when = {"since": (now - _AGE).isoformat(), "until": (now + _AGE).isoformat()}
    body = {"filter": {"occurred": when, "id": {"id": [str(one) for one in ids]}}, "limit": PAGE}
    answer = await _ask(client, "/events/filter", body)
    return {one.id: one.occurred for one in _Page.model_validate_json(answer.content).events}


async def _ask(client: PrefectClient, path: Literal["/events", "/events/filter"], body: object) -> httpx.Response:
    return await client.request("POST", path, json=body)


def as_event(event: PrefectEvent) -> Event:
    """Return the event as Prefect's API expects it, dated now: automations ignore late or out-of-order events."""
    return Event.model_validate(
        {
            "event": event.name,
            "id": event.id,
            "occurred": datetime.now(UTC),
            "resource": event.resource,
            "related": list(event.related),
            "payload": event.payload,
        }
    )
