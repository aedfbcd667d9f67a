"""A queue and a model of one test's own, for events that the flow takes in."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueClient
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import State
from prefect.events.filters import EventFilter, EventNameFilter, EventResourceFilter
from prefect.events.schemas.events import ReceivedEvent

from flows.event_intake import event_intake
from support.diagnostics.stage import Stage
from support.events.samples import registered
from support.paths import ROOT
from support.prefect.server import RunningPrefect
from tasks.domain.events.intake import IntakeReport
from tasks.runtime.azure_workspace import AzureWorkspace
from tasks.runtime.model_routes import ModelRoutes

ACCOUNT = "intakeevents"
MODELS = "2023-08-01-preview"
_numbers = count()
INTAKE = """
import asyncio, json, sys
from flows.event_intake import event_intake
asyncio.run(event_intake(**json.loads(sys.argv[1])))
"""
# Ends as SIGKILL ends it, before or after the nth call of a function.
KILLED = """
import functools, importlib, inspect, os, signal, sys
module, path, when, left = sys.argv[2].split(" ")
*owners, name = path.split(".")
owner = functools.reduce(getattr, owners, importlib.import_module(module))
whole, left = getattr(owner, name), int(left)

def may_die(at):
    if at == when and not left:
        os.kill(os.getpid(), signal.SIGKILL)

def plain(*args, **kwargs):
    global left
    left -= 1
    may_die("before")
    found = whole(*args, **kwargs)
    may_die("after")
    return found

async def waiting(*args, **kwargs):
    global left
    left -= 1
    may_die("before")
    found = await whole(*args, **kwargs)
    may_die("after")
    return found

setattr(owner, name, waiting if inspect.iscoroutinefunction(whole) else plain)
"""


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
            found = [*page.events]
            while page.next_page:
                page = await client.read_events_page(str(page.next_page))
                found += page.events
        return found

    def page(self) -> str:
        """The newest report."""
        key = f"event-intake-{self.stage.target.workspace}"
        with get_client(sync_client=True) as client:
            found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
        return str(max(found, key=lambda one: str(one.created)).data)


def new_intake(stage: Stage) -> Intake:
    """One whose queue is there, and empty."""
    found = Intake(stage, f"events-{next(_numbers)}")
    found.client().create_queue()
    return found


@contextlib.contextmanager
def running(
    intake: Intake, prefect: RunningPrefect, killed: str = "", **changes: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """The flow in a process of its own, which is gone at the end; `killed` says where it kills itself, if it does."""
    plain = intake.parameters(target=AzureWorkspace.of(intake.stage.target).model_dump(mode="json"), **changes)
    program = f"{KILLED}{INTAKE}" if killed else INTAKE
    command = [sys.executable, "-c", program, json.dumps(plain), killed]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | prefect.variables)
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)
