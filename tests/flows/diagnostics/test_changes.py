"""What changes from night to night is told once, and a flap to nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import flow
from support.diagnostics.runs import endpoint, events, night, play, quick
from support.diagnostics.stage import Stage
from support.diagnostics.summaries import NOW, of_health

from flows.diagnostics.run import Timing
from tasks.diagnostics.announce_changes import announce_changes
from tasks.diagnostics.keep_records import read_records
from tasks.domain.common.clock import SystemClock
from tasks.domain.diagnostics.health_record import Recheck
from tasks.domain.diagnostics.scope import Selection


async def test_the_event_has_all_that_a_page_needs(stage: Stage, tmp_path: Path) -> None:
    """Endpoint, code, reason, remedy and run; the flow run, the flow and the workspace are related."""
    play(stage, "traffic_zero")
    found = await night(stage, tmp_path)
    (event,) = found.events
    assert event.event == "azureml.endpoint.unhealthy"
    assert event.resource.id == f"azureml.endpoint{stage.path}/onlineEndpoints/{endpoint(stage)}".lower()
    payload = event.payload
    assert (payload["endpoint"], payload["code"]) == (endpoint(stage), "SCORE-TRF-001")
    assert payload["reason"]
    assert "blue=100" in payload["remedy"]
    run_id = str(found.state.state_details.flow_run_id)
    assert payload["run"]["id"] == run_id
    related = {one.role: one.id for one in event.related}
    assert related["flow-run"] == f"prefect.flow-run.{run_id}"
    assert related["azureml-workspace"] == f"azureml.workspace{stage.path}".lower()
    assert "flow" in related


async def test_the_same_change_is_the_same_event(stage: Stage) -> None:
    """A run that dies after it announced, and is repeated, alarms nobody twice: Prefect takes an event's id once."""
    looks = [Recheck(first=of_health("unhealthy"), second=of_health("unhealthy"))]

    @flow
    async def announce(now: datetime) -> None:
        await announce_changes(looks, now)

    began = datetime.now(UTC)
    for now in (NOW, NOW + timedelta(hours=1), NOW + timedelta(days=1)):
        await announce(now)
    first, again, later = [one.id for one in events(began)]
    assert first == again
    assert first != later


async def test_a_change_is_announced_once(stage: Stage, tmp_path: Path) -> None:
    """Not every night: one event when it goes down, one when it is back, none while it stays as it is."""
    down, back = [("unhealthy", endpoint(stage))], [("recovered", endpoint(stage))]
    assert (await night(stage, tmp_path)).told == []
    play(stage, "traffic_zero")
    assert (await night(stage, tmp_path)).told == down
    assert (await night(stage, tmp_path)).told == []
    play(stage, "traffic_zero", undo=True)
    mended = await night(stage, tmp_path)
    assert mended.told == back
    assert mended.events[0].payload["code"] == "SCORE-TRF-001"
    assert f"- **{endpoint(stage)}**: unhealthy → **healthy**" in mended.artifact()
    assert (await night(stage, tmp_path)).told == []


async def test_a_look_at_one_endpoint_and_the_nightly_look_agree(stage: Stage, tmp_path: Path) -> None:
    """Whoever sees it first announces it; the other knows."""
    play(stage, "traffic_zero")
    one = await night(stage, tmp_path, scope=Selection(endpoint=endpoint(stage)))
    assert one.told == [("unhealthy", endpoint(stage))]
    assert one.message.startswith(f"{endpoint(stage)} is unhealthy: SCORE-TRF-001: ")
    assert (await night(stage, tmp_path)).told == []


async def test_a_flap_is_told_to_nobody(stage: Stage, tmp_path: Path) -> None:
    """A call that fails once is seen at the first look only: the run completes, and the page mentions it."""
    stage.emulator.fault(
        action="fail", host=f"^{endpoint(stage)}\\.", vantage="virtual_network", path="/score", status=503, times=1
    )
    found = await night(stage, tmp_path)
    assert found.state.is_completed(), found.message
    assert found.told == []
    assert f"**{endpoint(stage)}** flapped: unhealthy, SCORE-CALL-003: HTTP 503" in found.artifact()
    assert not any(one.bundle for one in found.report.entries)


async def test_the_second_look_waits_only_for_news(stage: Stage, tmp_path: Path) -> None:
    """As long as it was asked to; and it sees what was mended in the meantime."""
    waits: list[float] = []

    class Waiting(SystemClock):
        async def asleep(self, seconds: float) -> None:
            waits.append(seconds)

    class Fixing(Waiting):
        async def asleep(self, seconds: float) -> None:
            await super().asleep(seconds)
            play(stage, "traffic_zero", undo=True)

    assert (await quick(stage, Timing(Waiting()))).counts == {"healthy": 3}
    assert waits == []
    play(stage, "traffic_zero")
    assert (await quick(stage, Timing(Fixing()))).counts == {"healthy": 3}
    assert waits == [45.0]
    play(stage, "traffic_zero")
    assert (await quick(stage, Timing(Waiting()))).counts == {"healthy": 2, "unhealthy": 1}
    assert (await quick(stage, Timing(Waiting()))).counts == {"healthy": 2, "unhealthy": 1}
    assert waits == [45.0, 45.0]  # the last night had no news


async def test_what_is_gone_is_told_and_forgotten(stage: Stage, tmp_path: Path) -> None:
    """An endpoint that was deleted since."""
    await night(stage, tmp_path)
    path = f"{stage.path}/onlineEndpoints/{endpoint(stage, 'c')}"
    assert stage.management.ask("DELETE", path, version="2024-10-01").status_code in {200, 202, 204}
    assert stage.management.gone(path, "2024-10-01")
    found = await night(stage, tmp_path)
    assert found.report.gone == (endpoint(stage, "c"),)
    assert f"**{endpoint(stage, 'c')}** no longer exists" in found.artifact()
    assert (await night(stage, tmp_path)).report.gone == ()


async def test_what_is_known_survives_runs_in_one_artifact(stage: Stage, tmp_path: Path) -> None:
    """The record has the last days of every endpoint, and only its newest version is kept."""
    for _ in range(2):
        await night(stage, tmp_path)

    @flow
    async def read() -> Any:
        return await read_records([stage.path])

    record = (await read())[stage.path.lower()]
    assert [one.name for one in record.endpoints] == [endpoint(stage, letter) for letter in "abc"]
    assert all(one.nights[0].latency_seconds for one in record.endpoints)
