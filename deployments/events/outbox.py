"""What waits for Prefect: requests hand in their events and wait together, one delivery after the other."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tasks.deliver_events import Delivery, News
from tasks.domain.errors import EndpointOpsError, ServiceUnavailable
from tasks.domain.model_version import ModelVersion

AT_ONCE: Final = 500
MOST_WAITING: Final = 5000
REMEMBERED: Final = 10_000
DELIVERY_SECONDS: Final = 25.0  # Event Grid waits 30 s for an answer

_STOPPED: Final = ServiceUnavailable("the event service stops", "Send them again later.")

Deliver = Callable[[Sequence[News]], Awaitable[Delivery]]
log = logging.getLogger("deployments.events")


@dataclass(frozen=True)
class _Waiting:
    news: tuple[News, ...]
    done: asyncio.Future[None]


class Outbox:
    """Collects what comes while a delivery is under way for the next one, so that a burst costs few requests.

    It remembers the last ids that Prefect has, so that repeated events cost nothing. After a restart Prefect is asked.
    """

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._waiting: list[_Waiting] = []
        self._has_some = asyncio.Event()
        self._delivered: OrderedDict[UUID, None] = OrderedDict()
        self.is_running = False

    async def put(self, news: Sequence[News]) -> None:
        """Hand in news; returns when Prefect has them.

        Raises:
            EndpointOpsError: When Prefect may not have them: they are to be sent again.
        """
        fresh = tuple(one for one in news if _id(one) not in self._delivered)
        if not fresh:
            return
        if not self.is_running:
            raise _STOPPED
        if sum(len(one.news) for one in self._waiting) + len(fresh) > MOST_WAITING:
            raise ServiceUnavailable("too many events wait for Prefect", "Send them again later.")
        entry = _Waiting(fresh, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._has_some.set()
        await entry.done

    async def run(self) -> None:
        """Deliver, for ever; however that ends, nobody waits in vain."""
        try:
            await self._run()
        finally:
            self.is_running = False
            _settle(self._waiting, _STOPPED)

    async def _run(self) -> None:
        self.is_running = True
        while True:
            await self._has_some.wait()
            batch = self._next()
            try:
                await self._send(batch)
            except EndpointOpsError as error:
                log.warning("%d events are not delivered: %s", sum(len(one.news) for one in batch), error)
                _settle(batch, error)
            finally:
                _settle(batch, _STOPPED)

    def _next(self) -> list[_Waiting]:
        """The oldest that wait, as many as go at once, without those whose caller has left."""
        batch, count = [], 0
        while self._waiting and count < AT_ONCE:
            entry = self._waiting.pop(0)
            if not entry.done.done():
                batch.append(entry)
                count += len(entry.news)
        if not self._waiting:
            self._has_some.clear()
        return batch

    async def _send(self, batch: list[_Waiting]) -> None:
        news = [one for entry in batch for one in entry.news]
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                delivery = await self._deliver(news)
        except TimeoutError as error:
            raise ServiceUnavailable("Prefect takes too long", "Send them again later.") from error
        for one in delivery.sent:
            log.info("sent %s %s of %s", one.name, one.id, one.resource["prefect.resource.id"])
        if delivery.repeated:
            log.info("%d events were known to Prefect", delivery.repeated)
        self._remember(news)
        for entry in batch:
            if not entry.done.done():
                entry.done.set_result(None)

    def _remember(self, news: Sequence[News]) -> None:
        for one in news:
            self._delivered[_id(one)] = None
        while len(self._delivered) > REMEMBERED:
            self._delivered.popitem(last=False)


def _settle(batch: Sequence[_Waiting], error: EndpointOpsError) -> None:
    for entry in batch:
        if not entry.done.done():
            entry.done.set_exception(error)


def _id(news: News) -> UUID:
    return news.prefect_id(admitted=False) if isinstance(news, ModelVersion) else news.id
