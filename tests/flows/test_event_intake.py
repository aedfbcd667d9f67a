"""Events pulled from a storage queue, and versions whose event was lost: each is told once."""

from __future__ import annotations

import json
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect.client.schemas.objects import State
from support.emulator.running import RunningEmulator
from support.events.intake_stage import ACCOUNT, Intake, running
from support.events.samples import grid_event, registered
from support.prefect.server import RunningPrefect
from support.rollout.stage import serve

from flows.event_intake import event_intake
from tasks.domain.common.errors import NotFound
from tasks.domain.events.intake import IntakeReport
from tasks.events.pull_events import HIDDEN_SECONDS
from tasks.runtime.azure_workspace import AzureIdentity, AzureWorkspace


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
    assert "neither JSON nor base64" in intake.page()
    assert f"{intake.queue}-poison" in intake.page()


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
    assert (kept_back.payload["admitted"], "Quiet hours" in kept_back.payload["why"]) == (False, True)
    (admitted,) = (await intake.run(reconcile=True, routes=await intake.routes())).admitted
    assert admitted.payload["version"] == "4"
    assert (await intake.run(reconcile=True, routes=await intake.routes())).sent == ()


async def test_what_is_deployed_already_is_no_news(intake: Intake, tmp_path: Path) -> None:
    """A first look at an endpoint that has the newest version starts nothing; a newer one does."""
    served = serve(intake.stage, tmp_path)
    routes = await intake.routes("churn", served.name)
    assert (await intake.run(reconcile=True, routes=routes)).sent == ()
    served.model(answer=2)
    (found,) = (await intake.run(reconcile=True, routes=routes)).admitted
    assert (found.payload["model"], found.payload["endpoint"]) == ("churn", served.name)
