"""Events pulled from a storage queue, and versions whose event was lost: each is told once."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueClient
from conftest import ROOT, RunningEmulator
from diagnosis_stage import Stage, set_up
from event_samples import grid_event, registered
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import State
from prefect.events.filters import EventFilter, EventNameFilter, EventResourceFilter
from prefect.events.schemas.events import ReceivedEvent
from prefect_server import RunningPrefect
from rollout_stage import serve
from storage_accounts import storage_account

from flows.event_intake import event_intake
from tasks.azure_workspace import AzureIdentity, AzureWorkspace
from tasks.domain.errors import NotFound
from tasks.domain.intake import IntakeReport
from tasks.model_routes import ModelRoutes
from tasks.pull_events import HIDDEN_SECONDS

ACCOUNT = "intakeevents"
MODELS = "2023-08-01-preview"
_numbers = count()
INTAKE = """
import asyncio, json, sys
from flows.event_intake import event_intake
asyncio.run(event_intake(**json.loads(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def workspace(emulator_process: RunningEmulator, prefect_server: RunningPrefect) -> Stage:
    """A workspace whose events are sent to queues of one account."""
    storage_account(emulator_process, ACCOUNT)
    return set_up(emulator_process, "rg-intake")


@dataclass(frozen=True)
class Intake:
    """A queue of one test's own, and a model of its own."""

    stage: Stage
    queue: str

    @property
    def topic(self) -> str:
        return self.stage.target.workspace_id

    @property
    def model(self) -> str:
        return f"m-{self.queue}"

    def client(self, ending: str = "") -> QueueClient:
        host = f"https://{ACCOUNT}.queue.core.windows.net"
        return QueueClient(host, self.queue + ending, DefaultAzureCredential(), retry_total=0)

    def send(self, *documents: Any, as_it_is: bool = False) -> None:
        """Put events into the queue as Event Grid does: each a message, in base64."""
        for one in documents:
            text = one if isinstance(one, str) else json.dumps(one)
            self.client().send_message(text if as_it_is else base64.b64encode(text.encode()).decode())

    def event(self, version: int, **tags: str) -> dict[str, Any]:
        return registered(version, self.model, self.topic, **tags)

    def register(self, version: int, **tags: str) -> None:
        """Register a version in the workspace, without an event."""
        path = f"{self.topic}/models/{self.model}/versions/{version}"
        self.stage.management.put(path, {"properties": {"modelUri": "https://x/y", "tags": tags}}, MODELS)

    async def routes(self, model: str = "", endpoint: str = "churn-prod", **changes: Any) -> str:
        """A block with one route; its name."""
        block = ModelRoutes(routes=[{"model": model or self.model, "endpoint": endpoint}], **changes)
        await block.save(self.queue, overwrite=True)
        return self.queue

    async def run(self, **changes: Any) -> IntakeReport:
        """Run the flow to its end; what it reported."""
        state: State[IntakeReport] = await event_intake(**self.parameters(**changes), return_state=True)
        return await state.aresult()

    def parameters(self, **changes: Any) -> dict[str, Any]:
        own = {"target": AzureWorkspace.of(self.stage.target), "storage_account": ACCOUNT, "queue": self.queue}
        return own | changes

    async def told(self, model: str = "") -> list[ReceivedEvent]:
        """Prefect's events of a model of ours, the newest first."""
        resource = f"azureml.model{self.topic.lower()}/models/{model or self.model}"
        name = EventNameFilter(name=["azureml.model.registered"])
        async with get_client() as client:
            page = await client.read_events(
                EventFilter(event=name, resource=EventResourceFilter(id=[resource])), limit=50
            )
        return page.events


@pytest.fixture
def intake(workspace: Stage, emulator: RunningEmulator) -> Intake:
    found = Intake(workspace, f"events-{next(_numbers)}")
    found.client().create_queue()
    return found


async def test_messages_become_events_and_are_gone(intake: Intake) -> None:
    """In base64 and as they are, alone and in batches; the next run finds nothing and reports nothing."""
    intake.send(intake.event(1), [intake.event(2), intake.event(2)])
    intake.send(intake.event(3), grid_event("SomethingNew", topic=intake.topic), as_it_is=True)
    report = await intake.run(routes=await intake.routes())
    assert (report.messages, len(report.sent), report.repeated, report.ignored) == (4, 3, 1, 1)
    told = await intake.told()
    assert [(one.payload["version"], one.payload["admitted"]) for one in told] == [
        ("3", True),
        ("2", True),
        ("1", True),
    ]
    assert told[0].payload["endpoint"] == "churn-prod"
    assert intake.client().get_queue_properties().approximate_message_count == 0
    assert await intake.run() == IntakeReport()


async def test_more_than_one_page_is_taken(intake: Intake) -> None:
    """A queue is emptied in one run, however much it holds."""
    intake.send(*(intake.event(1 + n) for n in range(70)))
    report = await intake.run()
    assert (report.messages, len(report.sent)) == (70, 70)


async def test_killed_between_the_event_and_its_deletion(
    intake: Intake, emulator: RunningEmulator, prefect_server: RunningPrefect
) -> None:
    """A run is killed when Prefect has the event and the queue still has the message: the next run doubles nothing."""
    intake.send(intake.event(1))
    emulator.fault(action="hang", method="DELETE", host=rf"{ACCOUNT}\.queue\.", path=intake.queue, seconds=60)
    with running(intake, prefect_server) as process:
        deadline = time.monotonic() + 60
        while not await intake.told():
            assert process.poll() is None, process.returncode
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
    emulator.clear_faults()
    emulator.advance(HIDDEN_SECONDS + 1)
    report = await intake.run()
    assert (report.messages, report.sent, report.repeated) == (1, (), 1)
    assert len(await intake.told()) == 1
    assert intake.client().get_queue_properties().approximate_message_count == 0


@contextlib.contextmanager
def running(intake: Intake, prefect: RunningPrefect) -> Iterator[subprocess.Popen[bytes]]:
    """The flow in a process of its own, which is gone at the end."""
    plain = intake.parameters(target=AzureWorkspace.of(intake.stage.target).model_dump(mode="json"))
    command = [sys.executable, "-c", INTAKE, json.dumps(plain)]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | prefect.variables)
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


async def test_what_nobody_can_read_is_set_aside(intake: Intake, emulator: RunningEmulator) -> None:
    """After some tries, as it came, with the reason in the report; it holds up nothing else."""
    other = registered(1, "other", intake.topic.replace(intake.stage.target.workspace, "another"))
    broken = ["no JSON at all!", json.dumps({"id": "x"})]
    intake.send(*broken, as_it_is=True)
    intake.send(other, [intake.event(1), {"id": "y"}])
    first = await intake.run(tries=2)
    assert (len(first.sent), len(first.left), first.set_aside) == (1, 4, ())
    emulator.advance(HIDDEN_SECONDS + 1)
    second = await intake.run(tries=2)
    assert (second.sent, second.repeated, second.left) == ((), 1, ())
    reasons = [one.wrong for one in second.set_aside]
    assert ["base64" in reasons[0], "eventType" in reasons[1], "not of this workspace" in reasons[2]] == [True] * 3
    aside = [one.content for one in intake.client("-poison").peek_messages(10)]
    assert len(aside) == 4
    assert aside[:2] == broken
    assert "neither JSON nor base64" in page_of(intake)
    assert f"{intake.queue}-poison" in page_of(intake)


def page_of(intake: Intake) -> str:
    """The newest report."""
    key = f"event-intake-{intake.stage.target.workspace}"
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
    return str(max(found, key=lambda one: str(one.created)).data)


async def test_a_queue_that_is_not_there_is_told_of(intake: Intake) -> None:
    """The run fails with its name and Azure's code."""
    state: State[Any] = await event_intake(**intake.parameters(queue="no-such-queue"), return_state=True)
    assert state.is_failed()
    error = await state.aresult(raise_on_failure=False)
    assert isinstance(error, NotFound)
    assert "no-such-queue" in str(error)
    assert "QueueNotFound" in str(error)


async def test_it_signs_in_as_the_workspace_says(intake: Intake, emulator: RunningEmulator) -> None:
    """By the identity block that the workspace names."""
    variables = emulator.variables
    identity = AzureIdentity(
        method="client secret",
        tenant_id=variables["AZURE_TENANT_ID"],
        client_id=variables["AZURE_CLIENT_ID"],
        client_secret=variables["AZURE_CLIENT_SECRET"],
    )
    await identity.save("intake", overwrite=True)
    target = AzureWorkspace.of(intake.stage.target)
    intake.send(intake.event(1))
    report = await intake.run(target=target.model_copy(update={"identity": "intake"}))
    assert len(report.sent) == 1


async def test_a_lost_event_is_found(intake: Intake) -> None:
    """Of versions that nobody told of, the newest is admitted; events that come late are known then."""
    for version in (1, 2, 3):
        intake.register(version)
    found = await intake.run(reconcile=True, routes=await intake.routes())
    told = {one.payload["version"]: one.payload["admitted"] for one in found.sent}
    assert told == {"3": True, "2": False, "1": False}
    again = await intake.run(reconcile=True, routes=await intake.routes())
    assert again.sent == ()
    intake.send(intake.event(3), intake.event(2))
    late = await intake.run(routes=await intake.routes())
    assert (late.messages, late.sent, late.repeated) == (2, (), 2)
    assert len(await intake.told()) == 3


async def test_what_quiet_hours_kept_back_is_admitted_afterwards(intake: Intake) -> None:
    """An event in quiet hours is told of, not admitted; a look afterwards admits it, once."""
    begin, end = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-1, 1))
    quiet = await intake.routes(quiet_from=f"{begin:%H:%M}", quiet_until=f"{end:%H:%M}")
    intake.register(4)
    intake.send(intake.event(4))
    (kept_back,) = (await intake.run(routes=quiet)).sent
    assert (kept_back.payload["admitted"], "quiet hours" in kept_back.payload["why"]) == (False, True)
    (admitted,) = (await intake.run(reconcile=True, routes=await intake.routes())).admitted
    assert admitted.payload["version"] == "4"
    assert (await intake.run(reconcile=True, routes=await intake.routes())).sent == ()


async def test_what_is_deployed_already_is_no_news(workspace: Stage, intake: Intake, tmp_path: Path) -> None:
    """A first look at an endpoint that has the newest version starts nothing; a newer one does."""
    served = serve(workspace, tmp_path)
    routes = await intake.routes("churn", served.name)
    assert (await intake.run(reconcile=True, routes=routes)).sent == ()
    served.model(answer=2)
    (found,) = (await intake.run(reconcile=True, routes=routes)).admitted
    assert (found.payload["model"], found.payload["endpoint"]) == ("churn", served.name)
