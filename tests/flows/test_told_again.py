"""Admitted versions whose event Prefect stored and never acted on: they are told again, and doubled never."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import State
from support.emulator.running import RunningEmulator
from support.events.intake_stage import Intake, running
from support.prefect.server import RunningPrefect

from deployments.apply.apply import DEPLOYMENTS
from deployments.apply.automations import read_automations
from flows.endpoint_redeploy import endpoint_redeploy
from tasks.domain.azure.model import ModelVersion, NewestVersion
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.events.admission import Admission
from tasks.domain.events.prefect_event import PrefectEvent, registered
from tasks.events.find_versions import find_versions
from tasks.events.model_records import keep_record
from tasks.events.prefect_events import as_event, confirm
from tasks.events.reemit_events import reemit_events
from tasks.runtime.azure_workspace import AzureWorkspace
from tasks.runtime.model_routes import load_admission_rules

ENDPOINT = "churn-prod"
AUTOMATION = "endpoint-ops: redeploy on a registered model"


async def admit(intake: Intake, number: int, *, is_sent: bool = True) -> None:
    """Register a version that was admitted twenty minutes ago; its event is stored, or was never sent."""
    intake.register(number)
    place, then = WorkspaceId.of(intake.stage.target), datetime.now(UTC) - timedelta(minutes=20)
    version = ModelVersion(workspace=place, model=intake.model, version=str(number))
    event = registered(version, Admission(admitted=True, endpoint=ENDPOINT, why="It passed."))
    async with get_client() as client:
        seen = NewestVersion(version=version.version, admitted=then)
        await keep_record(client, place, {version.model.lower(): seen})
        if is_sent:
            body = as_event(event).model_copy(update={"occurred": then}).model_dump(mode="json")
            await client.request("POST", "/events", json=[body])
            await confirm(client, {event.id})


async def told_after(intake: Intake, minutes: float) -> tuple[PrefectEvent, ...]:
    """The flow's step as it is so much later."""
    place, rules = intake.stage.target, await load_admission_rules(intake.queue)
    registry = find_versions(place, rules)
    return await reemit_events(place, registry, rules, datetime.now(UTC) + timedelta(minutes=minutes))


async def test_what_nobody_acted_on_is_told_again_until_a_run_exists(
    intake: Intake, prefect_server: RunningPrefect
) -> None:
    """The automation that was lost with the server's memory starts its run on the next look, and only then."""
    await admit(intake, 1)
    routes = await intake.routes()
    async with get_client() as client, redeploying_on_model(client, intake) as deployment:
        report = await intake.run(reconcile=True, routes=routes)
        assert [one.payload["version"] for one in report.reemitted] == ["1"]
        assert "1 re-emitted, since they started no flow run" in report.message
        assert "re-emitted, 1 of 3 times" in intake.page()
        (run,) = await runs_of(client, deployment)
        assert run.parameters["revision"] == {"kind": "model", "model": intake.model, "model_version": "1"}
        assert await told_after(intake, 60) == ()
        assert len(await runs_of(client, deployment)) == 1
    assert len(await intake.told()) == 2


@contextlib.asynccontextmanager
async def redeploying_on_model(client: PrefectClient, intake: Intake) -> AsyncIterator[UUID]:
    """The project's own automation, of a deployment whose target is a saved block; the deployment's id."""
    block = await AzureWorkspace.of(intake.stage.target).save(intake.queue, overwrite=True)
    flow = await client.create_flow(endpoint_redeploy)
    target = {"$ref": {"block_document_id": str(block)}}
    deployment = await client.create_deployment(flow, name=intake.queue, parameters={"target": target})
    values = {f"deployment:{name}": str(deployment) for name in DEPLOYMENTS}
    values |= {"workspace_id": intake.topic.lower(), "workspace": "w", "work_pool": "p"}
    wanted = read_automations(values, enabled=["redeploy_on_model"], has_notifications=False)
    (automation,) = [one for one in wanted if one.name == AUTOMATION]
    identity = await client.create_automation(automation)
    yield deployment
    await client.delete_automation(identity)


async def runs_of(client: PrefectClient, deployment: UUID) -> list[FlowRun]:
    """The deployment's runs, once there are any."""
    wanted, deadline = DeploymentFilter(id=DeploymentFilterId(any_=[deployment])), time.monotonic() + 60
    while not (found := await client.read_flow_runs(deployment_filter=wanted)):
        assert time.monotonic() < deadline
    return found


@pytest.mark.parametrize(
    ("changes", "state", "is_told"),
    [
        ({}, StateType.FAILED, False),
        ({}, StateType.CANCELLED, False),
        ({}, StateType.SCHEDULED, False),
        ({"revision": {"kind": "model", "model": "azureml:MODEL:4"}}, StateType.CRASHED, False),
        ({"revision": {"kind": "model", "model": "azureml:MODEL:2"}}, StateType.COMPLETED, True),
        ({"revision": {"kind": "model", "model": "azureml:other:3"}}, StateType.COMPLETED, True),
        ({"revision": {"kind": "same_again"}}, StateType.COMPLETED, True),
        ({"endpoint": "churn-test"}, StateType.RUNNING, True),
        ({"target": {"workspace": "another"}}, StateType.RUNNING, True),
    ],
)
async def test_a_run_is_enough_whatever_became_of_it(
    intake: Intake, changes: dict[str, Any], state: StateType, is_told: bool
) -> None:
    """One that brings this version or a newer one to this endpoint; a failed rollout is not begun again by itself."""
    await admit(intake, 3)
    await intake.routes()
    target = AzureWorkspace.of(intake.stage.target).model_dump(mode="json")
    own: dict[str, Any] = {"target": target, "endpoint": ENDPOINT.upper(), "requests": {}}
    own |= {"revision": {"kind": "model", "model": intake.model, "model_version": 3}} | changes
    own["target"] = target | changes.get("target", {})
    own["revision"] = {
        name: one.replace("MODEL", intake.model) if isinstance(one, str) else one
        for name, one in own["revision"].items()
    }
    async with get_client() as client:
        await client.create_flow_run(endpoint_redeploy, parameters=own, state=State(type=state))
    assert bool(await told_after(intake, 0)) is is_told


async def test_it_is_told_three_times_at_most(intake: Intake) -> None:
    """Where no automation is on, nothing is told for ever; the last one says what to look at."""
    await admit(intake, 1)
    await intake.routes()
    assert len(await told_after(intake, 0)) == 1
    assert await told_after(intake, 10) == ()  # it gets its time
    told = [await told_after(intake, 60) for _ in range(4)]
    assert [len(one) for one in told] == [1, 1, 0, 0]
    assert "is enabled." in told[1][0].payload["why"]
    assert len(await intake.told()) == 4


async def test_killed_between_the_note_and_the_event(intake: Intake) -> None:
    """A version was noted as admitted, and its event never sent: the next look tells it, and then it is known."""
    await admit(intake, 1, is_sent=False)
    report = await intake.run(reconcile=True, routes=await intake.routes())
    assert [one.payload["why"] for one in report.reemitted] == [
        f"Version 1 was admitted, but no flow run deploys it to {ENDPOINT}: its event was lost."
    ]
    intake.send(intake.event(1))
    late = await intake.run(routes=intake.queue)
    assert (late.sent, late.repeated) == ((), 1)
    assert len(await intake.told()) == 1


async def test_killed_after_telling_again(
    intake: Intake, emulator: RunningEmulator, prefect_server: RunningPrefect
) -> None:
    """A run is killed as soon as Prefect has the second event; two more, side by side, tell nothing."""
    await admit(intake, 1)
    routes = await intake.routes()
    with running(intake, prefect_server, reconcile=True, routes=routes, storage_account="") as process:
        deadline = time.monotonic() + 60
        while len(await intake.told()) < 2:
            assert process.poll() is None or len(await intake.told()) == 2, process.returncode
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
    assert (await intake.run(reconcile=True, routes=routes)).reemitted == ()
    assert len(await intake.told()) == 2


async def test_two_looks_at_once_tell_once(intake: Intake, prefect_server: RunningPrefect) -> None:
    """Both find it due, and send the same event."""
    await admit(intake, 1)
    routes = await intake.routes()
    changes: dict[str, Any] = {"reconcile": True, "routes": routes, "storage_account": ""}
    with running(intake, prefect_server, **changes) as one, running(intake, prefect_server, **changes) as other:
        assert (one.wait(120), other.wait(120)) == (0, 0)
    assert len(await intake.told()) == 2
