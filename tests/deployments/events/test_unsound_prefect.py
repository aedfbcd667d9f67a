"""The event service while Prefect is down, slow, broken, or not Prefect at all; and while it is started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.settings import PREFECT_API_URL, temporary_settings
from support.events.samples import WORKSPACE, grid_event, registered
from support.events.service import KEY, process, served
from support.events.unsound_prefect import UNSOUND, unsound_prefect
from support.prefect.server import RunningPrefect
from support.waiting import until

from deployments.events import outbox
from deployments.events.to_prefect import ToPrefect

TOPIC = WORKSPACE.replace("ml-events", "ml-unsound")
PATHS = {"everything": "", "looking events up": "/events/filter", "sending them": "/events"}
CASES = [(how, where) for where in PATHS for how in UNSOUND]
# Without a block nothing is admitted, which is no fault of Prefect's; that it does not say is one.
CASES += [(how, "reading the block") for how in ("500", "503", "429", "401", "hangs")]


@pytest.mark.parametrize(("how", "where"), CASES)
async def test_what_prefect_does_is_never_taken_for_yes(
    prefect_server: RunningPrefect, monkeypatch: pytest.MonkeyPatch, how: str, where: str
) -> None:
    """503 with Retry-After, by which Event Grid sends again; and the same service takes it once Prefect is well."""
    monkeypatch.setattr(outbox, "HAND_OVER_SECONDS", 1.0)
    monkeypatch.setattr(outbox, "STORED_SECONDS", 0.5)
    event = registered(1, f"{how}-{where}".replace(" ", "-"), topic=TOPIC)
    async with (
        unsound_prefect(prefect_server.api_url) as server,
        served(ToPrefect("main"), patience=1, topics=TOPIC) as client,
    ):
        server.answers[PATHS.get(where, "/name/main")] = UNSOUND[how]
        during = await client.post("/events", json=event, timeout=60)
        server.answers.clear()
        async with asyncio.timeout(60):
            while (after := await client.post("/events", json=event, timeout=60)).status_code != 200:
                assert after.status_code == 503  # that patience may be too short for a busy machine, too
        health = await client.get("/health")
    assert (during.status_code, during.headers.get("retry-after")) == (503, "30"), during.text
    assert during.json()["error"]["next"]
    assert health.status_code == 200


async def test_an_answer_comes_before_event_grid_stops_waiting(
    prefect_server: RunningPrefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits behind a slow batch is told, too."""
    monkeypatch.setattr(outbox, "ANSWER_SECONDS", 0.5)
    events = [grid_event("RunCompleted", id=f"slow-{n}", topic=TOPIC, data={"runId": "slow"}) for n in range(2)]
    async with unsound_prefect(prefect_server.api_url) as server, served(ToPrefect("none"), topics=TOPIC) as client:
        server.answers[""] = UNSOUND["hangs"]
        refused = await asyncio.gather(*(client.post("/events", json=one) for one in events))
        assert [one.status_code for one in refused] == [503, 503]
        assert "did not answer in time" in refused[1].json()["error"]["message"]


@pytest.mark.campaign
@pytest.mark.timeout(300)  # 80 s on a quiet machine
async def test_a_server_that_dies_in_a_burst_loses_nothing(tmp_path: Path) -> None:
    """Of a thousand events, each sent again until it is taken, as Event Grid does, while the server is killed."""
    events = [grid_event("RunCompleted", id=f"b-{n}", topic=WORKSPACE, data={"runId": f"r{n}"}) for n in range(1000)]
    burst, limits = Burst(), httpx.Limits(max_connections=100)
    with own_server(tmp_path) as server, process(server.variables) as address:
        async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
            senders = [asyncio.create_task(burst.send(client, address, one)) for one in events]
            await burst.until(taken=200)
            server.kill()
            await burst.until(refused=1)
            await asyncio.to_thread(server.start)
            await asyncio.wait_for(asyncio.gather(*senders), 300)
            health = await client.get(address.replace("/events", "/health"))
        with temporary_settings({PREFECT_API_URL: server.address}):
            async with get_client() as prefect:
                wanted = EventFilter(event=EventNameFilter(name=["azureml.run.completed"]))
                page = await prefect.read_events(wanted, limit=50)
    assert (page.total, health.status_code) == (1000, 200)
    assert set(burst.answers) <= {200, 429, 503}


@dataclass
class Burst:
    """What the events of a burst were answered."""

    answers: Counter[int] = field(default_factory=Counter)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, client: httpx.AsyncClient, address: str, event: dict[str, Any]) -> None:
        """Until it is taken."""
        status = 0
        while status != 200:
            await asyncio.sleep(0.5 if status else 0)  # Event Grid's pause, in small
            answer = await client.post(address, json=event, headers={"x-events-key": KEY})
            status = answer.status_code
            async with self.changed:
                self.answers[status] += 1
                self.changed.notify_all()

    async def until(self, taken: int = 0, refused: int = 0) -> None:
        """Wait until so many were."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.answers[200] >= taken and self.answers[503] >= refused)


@dataclass
class OwnServer:
    """A Prefect server that may be killed; its database stays."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def variables(self) -> dict[str, str]:
        own = {"PREFECT_HOME": str(self.folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        return own | {"PREFECT_API_URL": self.address, "PREFECT_LOGGING_SERVER_LEVEL": "ERROR"}

    def start(self) -> None:
        """Returns when it answers."""
        command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--log-level", "error"]
        self.process = subprocess.Popen(command, env=os.environ | self.variables)
        until(self._answers, "the server to start")

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.process.returncode
        with httpx.Client(trust_env=False) as client, contextlib.suppress(httpx.TransportError):
            return client.get(f"{self.address}/health", timeout=5).is_success
        return False

    def kill(self) -> None:
        """As SIGKILL does: what it has in memory is gone."""
        assert self.process
        self.process.kill()
        self.process.wait(20)


@contextlib.contextmanager
def own_server(folder: Path) -> Iterator[OwnServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = OwnServer(folder, port)
    server.start()
    try:
        yield server
    finally:
        server.kill()
