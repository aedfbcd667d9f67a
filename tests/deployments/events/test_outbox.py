"""News on their way to Prefect, in the moments between being sent and being stored."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from uuid import UUID

import pytest
from support.events.samples import registered
from support.events.service import Recorder

from deployments.events.outbox import Outbox
from tasks.domain.common.errors import ServiceUnavailable
from tasks.domain.events.event_grid import read_event
from tasks.domain.events.event_types import meaning
from tasks.events.deliver_events import Delivery, News


class Knowing(Recorder):
    """Leaves out what is under way; waits for a sign while it hands over what comes later."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.asked = asyncio.Event()

    async def send_new_events(self, news: Sequence[News], under_way: Collection[UUID]) -> Delivery:
        self.asked.set()
        known = set(under_way)
        await self.may_go_on.wait()
        whole = await super().send_new_events(news, known)
        return Delivery(tuple(one for one in whole.sent if one.id not in known), whole.ids)


def news(version: int = 1) -> News:
    found = meaning(read_event(registered(version)))
    assert found
    return found


@contextlib.asynccontextmanager
async def running(prefect: Recorder, patience: float) -> AsyncIterator[Outbox]:
    outbox = Outbox(prefect, patience)
    task = asyncio.create_task(outbox.run())
    await asyncio.sleep(0)
    yield outbox
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_repeated_event_waits_for_the_first_one() -> None:
    """While the first is not stored, its repetition is not acknowledged either."""
    prefect = Recorder(is_slow=True)
    async with running(prefect, 20) as outbox:
        puts = [asyncio.create_task(outbox.put([news()])) for _ in range(2)]
        done, _ = await asyncio.wait(puts, timeout=0.3)
        assert not done
        prefect.is_slow = False
        await asyncio.wait_for(asyncio.gather(*puts), 5)


async def test_what_is_given_up_is_not_taken_for_stored() -> None:
    """The first is given up while Prefect is asked about its repetition: neither is acknowledged."""
    prefect = Knowing()
    prefect.is_slow = True
    async with running(prefect, 0.2) as outbox:
        first = asyncio.create_task(outbox.put([news()]))
        await prefect.asked.wait()
        prefect.may_go_on.clear()
        prefect.asked.clear()
        await asyncio.sleep(0)
        second = asyncio.create_task(outbox.put([news()]))
        await prefect.asked.wait()
        with pytest.raises(ServiceUnavailable):
            await first
        prefect.may_go_on.set()
        with pytest.raises(ServiceUnavailable):
            await second


async def test_when_it_ends_nobody_waits_in_vain() -> None:
    """Whoever waits is told to send again, and so is whoever comes later."""
    prefect = Recorder(is_slow=True)
    async with running(prefect, 20) as outbox:
        waiting = asyncio.create_task(outbox.put([news()]))
        await asyncio.sleep(0)
    with pytest.raises(ServiceUnavailable):
        await waiting
    with pytest.raises(ServiceUnavailable):
        await outbox.put([news(2)])
