"""The event intake killed between any two steps, beside another one, and when answers of the queue are lost."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from typing import Any

import pytest
from prefect.client.schemas.objects import State
from support.campaign import sampled
from support.emulator.running import RunningEmulator
from support.events.intake_stage import ACCOUNT, Intake, running
from support.events.samples import cloud_event
from support.prefect.server import RunningPrefect

from flows.event_intake import event_intake
from tasks.domain.common.errors import AccessDenied
from tasks.events.pull_events import HIDDEN_SECONDS

BROKEN = "no JSON at all!"
MOMENTS = {
    "taken": "tasks.clients.data_plane.queues Queues.take after 1",
    "looked up": "tasks.events.deliver_events keep_record before 1",
    "noted": "tasks.events.deliver_events keep_record after 1",
    "about to be sent": "tasks.events.deliver_events post before 1",
    "sent": "tasks.events.deliver_events post after 1",
    "stored": "tasks.events.deliver_events confirm after 1",
    "the first is deleted": "tasks.clients.data_plane.queues Queues.delete after 1",
    "all good ones are deleted": "tasks.clients.data_plane.queues Queues.set_aside before 1",
    "one is set aside and still here": "tasks.clients.data_plane.queues Queues.delete before 3",
    "one is set aside": "tasks.clients.data_plane.queues Queues.delete after 3",
    "before the report": "flows.event_intake publish_report before 1",
}


@pytest.mark.parametrize("moment", sampled(MOMENTS, "taken", "sent"))
async def test_killed_between_two_steps(
    intake: Intake, emulator: RunningEmulator, prefect_server: RunningPrefect, moment: str
) -> None:
    """The next run does the rest: each version is told once, the newest admitted; poison is kept, the queue empty."""
    routes = await intake.routes()
    intake.send(intake.event(1), [intake.event(2), intake.event(3)])
    intake.send(BROKEN, as_it_is=True)
    with running(intake, prefect_server, MOMENTS[moment], routes=routes, tries=1) as process:
        assert process.wait(120) == -signal.SIGKILL
    emulator.advance(HIDDEN_SECONDS + 1)
    await intake.run(routes=routes, tries=1)
    told = await intake.told()
    assert sorted(one.payload["version"] for one in told) == ["1", "2", "3"]
    assert "3" in {one.payload["version"] for one in told if one.payload["admitted"]}
    aside = [one.content for one in intake.client("-poison").peek_messages(10)]
    twice = "still here" in moment
    assert aside == [BROKEN] * (2 if twice else 1)
    assert intake.client().get_queue_properties().approximate_message_count == 0


async def test_two_at_once_share_a_queue(intake: Intake, prefect_server: RunningPrefect) -> None:
    """Of eighty messages, each event twice, a version is admitted once, whoever took it; the newest is in any case.

    One may tell of a version as older that the other one admits at the same time, which starts nothing.
    """
    routes = await intake.routes()
    intake.send(*(intake.event(1 + n % 40) for n in range(80)))
    with (
        running(intake, prefect_server, routes=routes) as one,
        running(intake, prefect_server, routes=routes) as other,
    ):
        assert (one.wait(120), other.wait(120)) == (0, 0)
    told = Counter((one.payload["version"], one.payload["admitted"]) for one in await intake.told())
    assert {version for version, _ in told} == {str(1 + n) for n in range(40)}
    assert set(told.values()) == {1}
    assert ("40", True) in told
    assert intake.client().get_queue_properties().approximate_message_count == 0


@pytest.mark.parametrize("settled", [True, False], ids=["deleted by the other", "taken by the other"])
async def test_one_that_was_too_slow_leaves_the_message_to_the_other(
    intake: Intake, emulator: RunningEmulator, prefect_server: RunningPrefect, settled: bool
) -> None:
    """Its receipt is good no more (404 MessageNotFound, 400 PopReceiptMismatch): it deletes nothing, and completes."""
    intake.send(intake.event(1))
    emulator.fault(action="delay", method="DELETE", host=rf"{ACCOUNT}\.queue\.", path=intake.queue, seconds=3)
    with running(intake, prefect_server) as slow:
        deadline = time.monotonic() + 60
        while not await intake.told():
            assert time.monotonic() < deadline
        emulator.advance(HIDDEN_SECONDS + 1)
        if settled:
            report = await intake.run()
            assert (report.messages, report.sent, report.repeated) == (1, (), 1)
        else:
            (taken,) = intake.client().receive_messages(visibility_timeout=600)
        assert slow.wait(60) == 0
    left = intake.client().get_queue_properties().approximate_message_count
    assert left == (0 if settled else 1)
    if not settled:
        intake.client().delete_message(taken)
    assert len(await intake.told()) == 1


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/messages"), ("DELETE", "/messages/"), ("POST", "-poison/messages")]
)
async def test_a_lost_answer_of_the_queue_loses_nothing(
    intake: Intake, emulator: RunningEmulator, method: str, path: str
) -> None:
    """What the queue did and could not say is found, or comes again: told once, and set aside at least once."""
    intake.send(intake.event(1))
    intake.send(BROKEN, as_it_is=True)
    emulator.fault(action="reset_after", method=method, host=rf"{ACCOUNT}\.queue\.", path=f"{intake.queue}.*{path}")
    await event_intake(**intake.parameters(tries=1), return_state=True)
    emulator.advance(HIDDEN_SECONDS + 1)
    await intake.run(tries=1)
    assert len(await intake.told()) == 1
    assert {one.content for one in intake.client("-poison").peek_messages(10)} == {BROKEN}
    assert intake.client().get_queue_properties().approximate_message_count == 0


async def test_where_nothing_may_be_set_aside_good_messages_go_nevertheless(
    intake: Intake, emulator: RunningEmulator
) -> None:
    """The run fails and says which queue it may not write; what it could read is told and deleted."""
    intake.send(BROKEN, as_it_is=True)
    intake.send(intake.event(1))
    refusal = {"status": 403, "code": "AuthorizationPermissionMismatch", "times": -1}
    emulator.fault(action="fail", host=rf"{ACCOUNT}\.queue\.", path=f"{intake.queue}-poison", **refusal)
    state: State[Any] = await event_intake(**intake.parameters(tries=1), return_state=True)
    error = await state.aresult(raise_on_failure=False)
    assert isinstance(error, AccessDenied)
    assert f"{intake.queue}-poison" in str(error)
    assert len(await intake.told()) == 1
    assert intake.client().get_queue_properties().approximate_message_count == 1


async def test_the_longest_message_is_read_and_the_oldest_is_gone(intake: Intake, emulator: RunningEmulator) -> None:
    """64 KiB of CloudEvents in one message; what waited for seven days is lost, as in Azure."""
    event = cloud_event(source=intake.topic, data={"modelName": intake.model, "modelVersion": "1"})
    batch = [event | {"id": f"e{n}", "data": {**event["data"], "modelVersion": str(n)}} for n in range(1, 90)]
    padding = 65_536 - len(json.dumps(batch).encode())
    assert padding > 0
    intake.send(json.dumps(batch) + " " * padding, as_it_is=True)
    report = await intake.run()
    assert (report.messages, len(report.sent)) == (1, 89)
    intake.send(intake.event(100))
    emulator.advance(7 * 86_400 + 1)
    assert (await intake.run()).messages == 0
