"""Nights of the diagnostics in tests: run the flow, and gather what it announced and published."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import State, TaskRun
from prefect.events import Event
from prefect.events.clients import AssertingPassthroughEventsClient
from prefect.events.worker import EventsWorker

from flows.diagnostics.run import DiagnosticsRequest, Timing, diagnose_scope
from flows.scoring_diagnostics import DEFAULT_EXPECTATIONS, scoring_diagnostics
from support.diagnostics.stage import Stage
from tasks.domain.diagnostics.report import DiagnosticsReport, UnhealthyEndpoints
from tasks.domain.diagnostics.results import Samples
from tasks.runtime.azure_workspace import AzureWorkspace


@dataclass(frozen=True)
class DayHealth:
    """One run: how it ended, and the events that it sent."""

    state: State[Any]
    events: list[Event] = field(default_factory=list)

    @property
    def message(self) -> str:
        return self.state.message or ""

    @property
    def report(self) -> DiagnosticsReport:
        """What the run found, however it ended."""
        found = self.state.result(raise_on_failure=False, _sync=True)
        found = found.report if isinstance(found, UnhealthyEndpoints) else found
        assert isinstance(found, DiagnosticsReport), found
        return found

    @property
    def told(self) -> list[tuple[str, str]]:
        """The events' names and endpoints."""
        return [(one.event.removeprefix("azureml.endpoint."), one.resource["azureml.endpoint"]) for one in self.events]

    def task_runs(self) -> list[TaskRun]:
        with get_client(sync_client=True) as client:
            run_id = FlowRunFilterId(any_=[self.state.state_details.flow_run_id])
            return client.read_task_runs(flow_run_filter=FlowRunFilter(id=run_id))

    def artifact(self, ending: str = "") -> Any:
        """The run's page; its table or JSON by the ending of their keys."""
        with get_client(sync_client=True) as client:
            found = client.read_artifacts(
                artifact_filter=ArtifactFilter(key=ArtifactFilterKey(like_="scoring-diagnostics-%")),
                flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[self.state.state_details.flow_run_id])),
            )
        (data,) = [one.data for one in found if _ending(one.key) == ending]
        return json.loads(data) if ending else data


def _ending(key: str) -> str:
    return next((ending for ending in ("-table", "-json") if key.endswith(ending)), "")


@contextlib.contextmanager
def recorded_events() -> Iterator[None]:
    """Record what this process sends to the Prefect server from now on."""
    EventsWorker.set_client_override(AssertingPassthroughEventsClient)
    try:
        yield
    finally:
        EventsWorker.set_client_override(None)


def events(since: datetime) -> list[Event]:
    """What was sent about endpoints' health since then."""
    return _sent("azureml.endpoint.", since)


def rollout_events(since: datetime) -> list[Event]:
    """What was sent about rollouts since then."""
    return _sent("azureml.rollout.", since)


def _sent(kind: str, since: datetime) -> list[Event]:
    """The events of a kind. What a lost connection made the client send again counts once."""
    EventsWorker.instance().wait_until_empty()
    connected = [client for client in AssertingPassthroughEventsClient.all if hasattr(client, "events")]
    sent = {(one.id, one.occurred): one for client in connected for one in client.pop_events()}
    return [one for one in sent.values() if one.event.startswith(kind) and one.occurred >= since]


async def night(stage: Stage, folder: Path, **changes: Any) -> DayHealth:
    """Run the flow once over the stage's workspace, with a sample request for all; nobody waits for second looks."""
    parameters = {
        "target": AzureWorkspace.of(stage.target),
        "samples": {"requests": {"*": "[1]"}},
        "second_look_seconds": 0,
        "bundle_folder": str(folder),
    }
    began = datetime.now(UTC)
    state: State[Any] = await scoring_diagnostics(**parameters | changes, return_state=True)
    return DayHealth(state, events(began))


def endpoint(stage: Stage, letter: str = "a") -> str:
    """One of the stage's endpoints."""
    return f"{stage.target.workspace}-{letter}"


def play(stage: Stage, scenario: str, letter: str = "a", *, undo: bool = False) -> None:
    """Put one of the endpoints into a state, or take it back."""
    document = {"scenario": scenario, "workspace": stage.path, "endpoint": endpoint(stage, letter), "undo": undo}
    stage.emulator.control("POST", "/faults", document)


async def quick(stage: Stage, timing: Timing) -> DiagnosticsReport:
    """The flow's own work with another timing, in a flow of its own."""
    samples = Samples(requests={"*": "[1]"})
    request = DiagnosticsRequest(stage.scope(), samples, DEFAULT_EXPECTATIONS, 45.0, "")

    @flow
    async def diagnostics() -> DiagnosticsReport:
        return await diagnose_scope(request, timing)

    found: DiagnosticsReport = await diagnostics()
    return found
