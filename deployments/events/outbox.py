"""Deliver events to Prefect: requests hand in their news, and are answered when Prefect has stored them."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Protocol
from uuid import UUID

from tasks.domain.azure.model import ModelVersion
from tasks.domain.common.errors import EndpointOpsError, ServiceUnavailable
from tasks.events.deliver_events import Delivery, News
from tasks.events.prefect_events import PAGE, PATIENCE_SECONDS, not_stored

AT_ONCE: Final = 500
MAX_WAITING: Final = 10_000
REMEMBERED: Final = 10_000
PAUSE_SECONDS: Final = 0.1
HAND_OVER_SECONDS: Final = 20.0
STORED_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 27.0  # Event Grid waits 30 s for an answer
_STOPPED: Final = ServiceUnavailable("the event service is stopping", "Send them again later.")

log = logging.getLogger("deployments.events")


class Prefect(Protocol):
    """The part of Prefect that the outbox needs."""

    async def send_new_events(self, news: Sequence[News], under_way: Collection[UUID]) -> Delivery:
        """Send what is new."""

    async def stored(self, ids: Collection[UUID]) -> set[UUID]:
        """Return which of these events are stored."""


@dataclass(frozen=True)
class _Waiting:
    news: tuple[News, ...]
    handed_over: asyncio.Future[list[asyncio.Future[None]]]


@dataclass(frozen=True)
class _UnderWay:
    stored: asyncio.Future[None]
    deadline: float


class Outbox:
    """Hands over one batch after the other, so that each sees the ones before it, and watches what is stored.

    It remembers the last news that Prefect has, so that repeated events cost nothing. After a restart it asks Prefect.
    """

    def __init__(self, prefect: Prefect, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._prefect = prefect
        self._patience_seconds = patience_seconds
        self._waiting: list[_Waiting] = []
        self._has_some = asyncio.Event()
        self._under_way: dict[UUID, _UnderWay] = {}
        self._has_under_way = asyncio.Event()
        self._delivered: OrderedDict[UUID, None] = OrderedDict()
        self.is_running = False

    async def put(self, news: Sequence[News]) -> None:
        """Hand in news; return when Prefect has stored them.

        Raises:
            EndpointOpsError: Prefect may not have stored them: send them again.
        """
        fresh = tuple(one for one in news if _key(one) not in self._delivered)
        if not fresh:
            return
        if not self.is_running:
            raise _STOPPED
        if sum(len(one.news) for one in self._waiting) + len(self._under_way) + len(fresh) > MAX_WAITING:
            raise ServiceUnavailable("too many events are waiting for Prefect", "Send them again later.")
        entry = _Waiting(fresh, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._has_some.set()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.gather(*(asyncio.shield(one) for one in await entry.handed_over))
        except TimeoutError as error:
            raise _slow() from error
        self._remember(fresh)

    async def run(self) -> None:
        """Deliver until cancelled; when that ends, every waiting request gets an error."""
        self.is_running = True
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hand_over())
                group.create_task(self._watch())
        finally:
            self.is_running = False
            _fail((one.handed_over for one in self._waiting), _STOPPED)
            _fail((one.stored for one in self._under_way.values()), _STOPPED)

    async def _hand_over(self) -> None:
        while True:
            await self._has_some.wait()
            batch = self._next()
            try:
                await self._send(batch)
            except EndpointOpsError as error:
                log.warning("%d events are not delivered: %s", sum(len(one.news) for one in batch), error)
                _fail((one.handed_over for one in batch), error)
            finally:
                _fail((one.handed_over for one in batch), _STOPPED)

    def _next(self) -> list[_Waiting]:
        """Return the oldest waiting entries, up to a batch, without those whose caller has left."""
        batch: list[_Waiting] = []
        count = 0
        while self._waiting and count < AT_ONCE:
            entry = self._waiting.pop(0)
            if not entry.handed_over.done():
                batch.append(entry)
                count += len(entry.news)
        if not self._waiting:
            self._has_some.clear()
        return batch

    async def _send(self, batch: Sequence[_Waiting]) -> None:
        news = [one for entry in batch for one in entry.news]
        before = dict(self._under_way)  # what ends during the request is neither sent twice nor assumed stored
        try:
            async with asyncio.timeout(HAND_OVER_SECONDS):
                delivery = await self._prefect.send_new_events(news, before.keys())
        except TimeoutError as error:
            raise _slow() from error
        loop = asyncio.get_running_loop()
        for one in delivery.sent:
            self._under_way[one.id] = _UnderWay(loop.create_future(), loop.time() + self._patience_seconds)
            log.info("sent %s %s of %s", one.name, one.id, one.resource["prefect.resource.id"])
        self._has_under_way.set()
        under_way = before | self._under_way
        ids = iter(delivery.ids)
        for entry in batch:
            own = [next(ids) for _ in entry.news]
            if not entry.handed_over.done():
                entry.handed_over.set_result([under_way[one].stored for one in own if one in under_way])

    async def _watch(self) -> None:
        """Check the oldest first: Prefect stores in order, and asking for all costs more than storing them."""
        while True:
            await self._has_under_way.wait()
            oldest = list(islice(self._under_way, PAGE))
            stored = await self._stored(oldest)
            self._settle(stored)
            self._give_up(asyncio.get_running_loop().time())
            if not self._under_way:
                self._has_under_way.clear()
            elif len(stored) < len(oldest):
                await asyncio.sleep(PAUSE_SECONDS)

    async def _stored(self, ids: Collection[UUID]) -> set[UUID]:
        try:
            async with asyncio.timeout(STORED_SECONDS):
                return await self._prefect.stored(ids)
        except (EndpointOpsError, TimeoutError) as error:
            log.warning("Prefect did not answer which events it has stored: %s", error or "timed out")
            return set()

    def _settle(self, stored: Iterable[UUID]) -> None:
        for one in stored:
            self._under_way.pop(one).stored.set_result(None)

    def _give_up(self, now: float) -> None:
        """Fail the events that Prefect accepted but has not stored in time, so that they are sent again."""
        late = [one for one, entry in self._under_way.items() if entry.deadline < now]
        if late:
            log.warning("%s", not_stored(len(late)))
            _fail([self._under_way.pop(one).stored for one in late], not_stored(len(late)))

    def _remember(self, news: Sequence[News]) -> None:
        for one in news:
            self._delivered[_key(one)] = None
        while len(self._delivered) > REMEMBERED:
            self._delivered.popitem(last=False)


def _slow() -> ServiceUnavailable:
    return ServiceUnavailable("Prefect did not answer in time", "Send them again later.")


def _fail(futures: Iterable[asyncio.Future[Any]], error: Exception) -> None:
    for one in futures:
        if not one.done():
            one.set_exception(error)
            one.exception()  # the caller may have left


def _key(news: News) -> UUID:
    return news.prefect_id(admitted=False) if isinstance(news, ModelVersion) else news.id
