"""The event service in tests: in this process without ports, or as its own process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import uvicorn

from deployments.events.access import Access
from deployments.events.app import Service, application
from deployments.events.limits import Rate
from deployments.events.outbox import Outbox, Prefect
from deployments.events.requests import BoundedRequests
from deployments.events.settings import PREFIX, EventSettings
from support.events.samples import WORKSPACE
from support.paths import ROOT
from tasks.domain.azure.model import ModelVersion
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import Unreachable
from tasks.domain.events.admission import Admission
from tasks.domain.events.prefect_event import PrefectEvent, registered
from tasks.events.deliver_events import Delivery, News

KEY = "a-key-of-this-test-and-of-nothing-else"


@dataclass
class Recorder:
    """Takes deliveries in Prefect's stead, and keeps them. Away, it takes nothing; slow, it stores nothing."""

    news: list[News] = field(default_factory=list)
    is_away: bool = False
    is_slow: bool = False

    async def send_new_events(self, news: Sequence[News], under_way: Collection[UUID]) -> Delivery:
        if self.is_away:
            raise Unreachable("Prefect does not answer", "Is it up?")
        self.news += news
        told = tuple(as_told(one) for one in news)
        return Delivery(told, tuple(one.id for one in told))

    async def stored(self, ids: Collection[UUID]) -> set[UUID]:
        return set() if self.is_slow else set(ids)


def as_told(news: News) -> PrefectEvent:
    """A happening, judged somehow where the gates have to."""
    judged = Admission(admitted=False, why="a test")
    return registered(news, judged) if isinstance(news, ModelVersion) else news


def settings(**changes: Any) -> EventSettings:
    return EventSettings(**{"topics": WORKSPACE.upper(), "key": KEY} | changes)


@contextlib.asynccontextmanager
async def served(
    prefect: Prefect, access: Access | None = None, patience: float = 20.0, clock: Clock = SYSTEM, **changes: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, which runs in this process; it knows the key."""
    chosen, outbox = settings(**changes), Outbox(prefect, patience)
    service = Service(chosen, access or Access(chosen), outbox, Rate(chosen.per_second, chosen.burst), clock)
    running = asyncio.create_task(outbox.run())
    transport = httpx.ASGITransport(application(service, outbox, print), raise_app_exceptions=True)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://events", headers={"x-events-key": KEY}
    ) as client:
        await asyncio.sleep(0)
        yield client
    running.cancel()


@contextlib.asynccontextmanager
async def listening(prefect: Prefect, seconds: float) -> AsyncIterator[tuple[str, int]]:
    """The service on a port, in this process; requests have so many seconds to come. Gives host and port."""
    chosen, outbox = settings(), Outbox(prefect)
    service = Service(chosen, Access(chosen), outbox, Rate(chosen.per_second, chosen.burst))
    protocol = type("Quick", (BoundedRequests,), {"seconds": seconds})
    config = uvicorn.Config(application(service, outbox, print), http=protocol, ws="none", log_level="error")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server.serve([listener]))
        yield listener.getsockname()[:2]
        server.should_exit = True
        await running


@contextlib.contextmanager
def process(variables: dict[str, str]) -> Iterator[str]:
    """The service's own command; gives its address."""
    environment = os.environ | {f"{PREFIX}TOPICS": WORKSPACE, f"{PREFIX}KEY": KEY} | variables
    command = [sys.executable, "-m", "deployments.events", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            line = running.stdout.readline()
            assert line.startswith("Accepting events at "), running.wait(10)
            yield line.split()[-1]
        finally:
            running.terminate()
            running.wait(40)
