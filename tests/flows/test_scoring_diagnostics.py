"""The diagnostics flow: one verdict for each endpoint, told once."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import RunningEmulator
from diagnosis_stage import Stage, target_in
from diagnostics_nights import events, night, recorded_events
from diagnostics_support import NOW, of_health
from management import Management
from prefect import flow

from flows.diagnostics_run import Asked, Means, diagnose_scope, report_key
from flows.scoring_diagnostics import USUAL, scoring_diagnostics
from tasks.announce_changes import announce_changes
from tasks.clients.time_limits import TimeLimits
from tasks.domain.diagnoses import Samples
from tasks.domain.diagnostics_report import DiagnosticsReport
from tasks.domain.health_record import TwoLooks
from tasks.keep_records import read_records

pytestmark = pytest.mark.usefixtures("emulator")  # no faults before and after each test
_numbers = iter(range(100))


@pytest.fixture(scope="module", autouse=True)
def _recorded(prefect_server: object) -> Iterator[None]:
    with recorded_events():
        yield


@pytest.fixture
def stage(emulator_process: RunningEmulator, prefect_server: object) -> Stage:
    """A workspace that nobody looked at yet, with three healthy endpoints."""
    number = next(_numbers)
    group, name = f"rg-night-{number:02}", f"night-{number:02}"
    endpoints = [{"name": f"{name}-{one}"} for one in ("a", "b", "c")]
    shape = {"name": name, "group": group, "endpoints": endpoints}
    emulator_process.control("POST", "/seed", {"workspaces": [shape]})
    return Stage(emulator_process, Management(emulator_process), target_in(emulator_process, group, name))


def endpoint(stage: Stage, letter: str = "a") -> str:
    return f"{stage.target.workspace}-{letter}"


def play(stage: Stage, scenario: str, letter: str = "a", *, undo: bool = False) -> None:
    """Put one of the endpoints into a state, or take it back."""
    document = {"scenario": scenario, "workspace": stage.path, "endpoint": endpoint(stage, letter), "undo": undo}
    stage.emulator.control("POST", "/faults", document)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_all_is_well(stage: Stage, tmp_path: Path) -> None:
    """The run completes with one sentence, and announces and bundles nothing."""
    found = await night(stage, tmp_path)
    assert found.state.is_completed()
    assert found.message == "All 3 endpoints are healthy."
    assert found.told == []
    assert files(tmp_path) == []
    assert [run.name for run in found.task_runs() if endpoint(stage) in run.name] == []


async def test_one_endpoint_is_down(stage: Stage, tmp_path: Path) -> None:
    """The run fails with a message that names it and its cause; the others are told as healthy."""
    play(stage, "traffic_zero")
    found = await night(stage, tmp_path)
    assert found.state.is_failed()
    assert found.message.startswith(f"1 of 3 endpoints unhealthy: {endpoint(stage)} (SCORE-TRF-001: ")
    assert {one.name: one.health for one in found.report.entries} == {
        endpoint(stage): "unhealthy",
        endpoint(stage, "b"): "healthy",
        endpoint(stage, "c"): "healthy",
    }
    page = found.artifact()
    assert f"### {endpoint(stage)}: SCORE-TRF-001" in page
    assert "**Fix.**" in page
    assert '--traffic "blue=100"' in page


async def test_only_the_unhealthy_one_has_a_task_run_of_its_own(stage: Stage, tmp_path: Path) -> None:
    """It failed, with the cause as its message; the healthy ones share one."""
    play(stage, "traffic_zero")
    runs = {run.name: run for run in (await night(stage, tmp_path)).task_runs()}
    again = runs.pop(f"look again at {stage.target.resource_group}/{stage.target.workspace}/{endpoint(stage)}")
    assert again.state_type == "FAILED"
    assert again.state
    assert "SCORE-TRF-001" in (again.state.message or "")
    assert sorted(name.partition(" ")[0] for name in runs) == sorted(
        ["find", "read", "diagnose", "write", "announce", "keep", "publish"]
    )


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
    looks = [TwoLooks(first=of_health("unhealthy"), second=of_health("unhealthy"))]

    @flow
    async def announce(now: datetime) -> None:
        await announce_changes(looks, now)

    events()
    for now in (NOW, NOW + timedelta(hours=1), NOW + timedelta(days=1)):
        await announce(now)
    first, again, later = [one.id for one in events()]
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
    one = await night(stage, tmp_path, scope=stage.scope(endpoint(stage)))
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
    assert files(tmp_path) == []


async def test_the_second_look_waits_only_for_news(stage: Stage, tmp_path: Path) -> None:
    """As long as it was asked to; and it sees what was mended in the meantime."""
    waits: list[float] = []

    async def mend(seconds: float) -> None:
        waits.append(seconds)
        play(stage, "traffic_zero", undo=True)

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    assert (await quick(stage, Means(sleep=wait))).counts == {"healthy": 3}
    assert waits == []
    play(stage, "traffic_zero")
    assert (await quick(stage, Means(sleep=mend))).counts == {"healthy": 3}
    assert waits == [45.0]
    play(stage, "traffic_zero")
    assert (await quick(stage, Means(sleep=wait))).counts == {"healthy": 2, "unhealthy": 1}
    assert (await quick(stage, Means(sleep=wait))).counts == {"healthy": 2, "unhealthy": 1}
    assert waits == [45.0, 45.0]  # the last night had no news


async def test_an_endpoint_that_hangs_hides_and_delays_nobody(stage: Stage) -> None:
    """Azure's answer about one and another one's scoring host never come; the third is healthy all the same."""
    play(stage, "scoring_host_silent")
    stage.emulator.fault(action="hang", method="GET", path=f"{endpoint(stage, 'b')}/deployments", times=-1)
    began = time.monotonic()
    found = await quick(stage, Means(sleep=at_once, time_limits=TimeLimits(answer=1, call=1, look=1, pause=0.1)))
    assert time.monotonic() - began < 20
    assert {one.name[-1]: one.health for one in found.entries} == {"a": "unhealthy", "b": "unknown", "c": "healthy"}
    assert found.message.startswith(f"1 of 3 endpoints unhealthy: {endpoint(stage)} (SCORE-CALL-001: ")
    assert f"1 could not be looked at: {endpoint(stage, 'b')} (SCORE-" in found.message


async def test_a_workspace_that_denies_access_hides_no_other(stage: Stage, tmp_path: Path) -> None:
    """Its endpoints can't be listed: the run says so, and tells of the other workspace's."""
    group, second = stage.target.resource_group, f"{stage.target.workspace}-2"
    shape = {"name": second, "group": group, "endpoints": [{"name": f"{second}-a"}]}
    stage.emulator.control("POST", "/seed", {"workspaces": [shape]})
    denied = {"code": "AuthorizationFailed", "message": "no right to list"}
    stage.emulator.fault(action="fail", path=f"{second}/onlineEndpoints$", status=403, times=-1, **denied)
    found = await night(stage, tmp_path, scope=stage.scope(workspace=None))
    assert found.state.is_failed()
    assert found.message.startswith(
        f"1 of 4 endpoints and workspaces could not be looked at: {second} (list endpoints of"
    )
    assert found.report.counts == {"unknown": 1, "healthy": 3}


async def test_a_scope_that_is_not_there_fails_with_azures_words(stage: Stage, tmp_path: Path) -> None:
    """Nothing is published about nothing."""
    found = await night(stage, tmp_path, scope=stage.scope(workspace="nowhere"))
    assert found.state.is_failed()
    assert "nowhere" in found.message
    assert "NotFound" in found.message


async def test_patterns_choose_endpoints(stage: Stage, tmp_path: Path) -> None:
    """What is left out is neither looked at nor taken for gone."""
    assert (await night(stage, tmp_path)).report.counts == {"healthy": 3}
    found = await night(stage, tmp_path, scope=stage.scope(include=("*-a", "*-b"), exclude=("*-b",)))
    assert [one.name for one in found.report.entries] == [endpoint(stage)]
    assert found.report.gone == ()
    one = await night(stage, tmp_path, scope=stage.scope(endpoint(stage), workspace=None))
    assert one.message == f"{endpoint(stage)} is healthy."
    nothing = await night(stage, tmp_path, scope=stage.scope(include=("other-*",)))
    assert nothing.message.startswith("Nothing was looked at: no endpoint is in scope")


async def test_what_is_gone_is_told_and_forgotten(stage: Stage, tmp_path: Path) -> None:
    """An endpoint that was deleted since."""
    await night(stage, tmp_path)
    path = f"{stage.path}/onlineEndpoints/{endpoint(stage, 'c')}"
    assert stage.management.ask("DELETE", path, version="2024-10-01").status_code in {200, 202, 204}
    assert stage.management.gone(path, "2024-10-01")
    found = await night(stage, tmp_path)
    assert found.report.gone == (endpoint(stage, "c"),)
    assert f"**{endpoint(stage, 'c')}** is gone" in found.artifact()
    assert (await night(stage, tmp_path)).report.gone == ()


async def test_the_table_and_the_json_have_everything(stage: Stage, tmp_path: Path) -> None:
    """A row for each endpoint; the JSON is the report."""
    play(stage, "model_raises")
    found = await night(stage, tmp_path)
    assert [row["health"] for row in found.artifact("-table")] == ["✗ unhealthy", "● healthy", "● healthy"]
    assert DiagnosticsReport.model_validate(found.artifact("-json")) == found.report
    assert found.report.requests["reads"] <= 15 * 2 + 10


async def test_the_support_bundle_is_ready_for_a_ticket(stage: Stage, tmp_path: Path) -> None:
    """A file with findings, states, DNS table, logs and request ids; a later night replaces it."""
    play(stage, "model_raises")
    found = await night(stage, tmp_path / "bundles")
    (file,) = files(tmp_path / "bundles")
    assert found.report.of("unhealthy")[0].bundle == str(file)
    assert f"Support bundle: `{file}`" in found.artifact()
    with zipfile.ZipFile(file) as bundle:
        texts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert "Traceback" in texts["logs/blue.inference-server.log"]
    assert "x-request-id" in texts["requests.txt"]
    assert endpoint(stage) in texts["states.json"]
    assert "system DNS" in texts["dns.md"]
    secret = stage.emulator.variables["AZURE_CLIENT_SECRET"]
    assert all(secret not in text and "eyJ" not in text for text in texts.values())
    await night(stage, tmp_path / "bundles")
    assert files(tmp_path / "bundles") == [file]


async def test_what_can_not_be_read_does_not_keep_a_bundle_from_being_written(stage: Stage, tmp_path: Path) -> None:
    """It says what is missing and why."""
    play(stage, "traffic_zero")
    denied = {"code": "AuthorizationFailed", "message": "no right to read logs"}
    stage.emulator.fault(
        action="fail", path=f"{endpoint(stage)}/deployments/blue/getLogs", status=403, times=-1, **denied
    )
    await night(stage, tmp_path)
    with zipfile.ZipFile(files(tmp_path)[0]) as bundle:
        readme = bundle.read("README.md").decode()
        assert "dns.md" in bundle.namelist()
    assert "## Could not be read\n\n- logs: " in readme
    assert "AuthorizationFailed" in readme


async def test_a_bundle_that_can_not_be_written_is_told(stage: Stage, tmp_path: Path) -> None:
    """The run goes on without it."""
    play(stage, "traffic_zero")
    (tmp_path / "file").write_text("in the way")
    found = await night(stage, tmp_path / "file")
    assert found.report.of("unhealthy")[0].bundle.startswith("none: ")
    assert found.told == [("unhealthy", endpoint(stage))]


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


def test_reports_of_different_scopes_have_keys_of_their_own(stage: Stage) -> None:
    """Readable ones, whatever is in the scope's name; the same for the same scope."""
    scopes = [stage.scope(), stage.scope(endpoint(stage)), stage.scope(include=("a-*",)), stage.scope(workspace=None)]
    elsewhere = stage.scope(subscription_id="11111111-1111-4111-8111-111111111111")
    keys = [report_key(one) for one in [*scopes, elsewhere]]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"scoring-diagnostics-[a-z0-9-]+", one) for one in keys)
    assert report_key(stage.scope()) == keys[0]


def test_the_form_tells_what_each_field_means() -> None:
    """Every parameter has a description, and what can be checked before the run is checked by the form."""
    schema = scoring_diagnostics.parameters.model_dump()
    assert all(field.get("description") for field in schema["properties"].values()), schema["properties"]
    for name in ("Scope", "Samples", "Expectations", "Resolvers"):
        fields = schema["definitions"][name]["properties"]
        assert all(field.get("description") for field in fields.values()), (name, fields)
    assert schema["required"] == ["scope"]
    assert schema["properties"]["second_look_seconds"]["minimum"] == 0


async def at_once(_seconds: float) -> None:
    """No waiting."""


async def quick(stage: Stage, means: Means) -> DiagnosticsReport:
    """The flow's own work with other means, in a flow of its own."""
    samples = Samples(requests={"*": "[1]"})
    asked = Asked(stage.scope(), samples, USUAL, 45.0, "")

    @flow
    async def diagnostics() -> DiagnosticsReport:
        return await diagnose_scope(asked, means)

    found: DiagnosticsReport = await diagnostics()
    return found
