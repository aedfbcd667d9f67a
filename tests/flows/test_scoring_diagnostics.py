"""The diagnostics flow: one verdict for each endpoint, whatever happens to the others."""

from __future__ import annotations

import re
import time
import zipfile
from pathlib import Path

from support.diagnostics.runs import endpoint, night, play, quick
from support.diagnostics.stage import Stage

from flows.diagnostics.run import Timing, report_key
from flows.scoring_diagnostics import scoring_diagnostics
from tasks.clients.transport.time_limits import TimeLimits
from tasks.domain.common.clock import SystemClock
from tasks.domain.diagnostics.report import DiagnosticsReport
from tasks.domain.diagnostics.scope import Selection
from tasks.runtime.azure_workspace import AzureWorkspace


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


class AtOnce(SystemClock):
    """No waiting."""

    async def asleep(self, seconds: float) -> None:
        del seconds


async def test_all_is_well(stage: Stage, tmp_path: Path) -> None:
    """The run completes with one sentence, and announces and bundles nothing."""
    found = await night(stage, tmp_path)
    assert found.state.is_completed()
    assert found.message == "All 3 endpoints are healthy."
    assert found.told == []
    assert files(tmp_path) == []
    assert [run.name for run in found.task_runs() if run.name.startswith("recheck")] == []


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
    again = runs.pop(f"recheck {stage.target.resource_group}/{stage.target.workspace}/{endpoint(stage)}")
    assert again.state_type == "FAILED"
    assert again.state
    assert "SCORE-TRF-001" in (again.state.message or "")
    assert sorted(name.partition(" ")[0] for name in runs) == sorted(
        ["find", "read", "diagnose", "write", "announce", "save", "publish"]
    )


async def test_an_endpoint_that_hangs_hides_and_delays_nobody(stage: Stage) -> None:
    """Azure's answer about one and another one's scoring host never come; the third is healthy all the same."""
    play(stage, "scoring_host_silent")
    stage.emulator.fault(action="hang", method="GET", path=f"{endpoint(stage, 'b')}/deployments", times=-1)
    began = time.monotonic()
    found = await quick(stage, Timing(AtOnce(), time_limits=TimeLimits(answer=1, call=1, inspection=1, pause=0.1)))
    assert time.monotonic() - began < 20
    assert {one.name[-1]: one.health for one in found.entries} == {"a": "unhealthy", "b": "unknown", "c": "healthy"}
    assert found.message.startswith(f"1 of 3 endpoints unhealthy: {endpoint(stage)} (SCORE-CALL-001: ")
    assert f"1 not checked: {endpoint(stage, 'b')} (SCORE-" in found.message


async def test_a_workspace_that_denies_access_hides_no_other(stage: Stage, tmp_path: Path) -> None:
    """Its endpoints can't be listed: the run says so, and tells of the other workspace's."""
    group, second = stage.target.resource_group, f"{stage.target.workspace}-2"
    shape = {"name": second, "group": group, "endpoints": [{"name": f"{second}-a"}]}
    stage.emulator.control("POST", "/seed", {"workspaces": [shape]})
    denied = {"code": "AuthorizationFailed", "message": "no right to list"}
    stage.emulator.fault(action="fail", path=f"{second}/onlineEndpoints$", status=403, times=-1, **denied)
    found = await night(stage, tmp_path, scope=Selection(look_at="resource group"))
    assert found.state.is_failed()
    assert found.message.startswith(f"1 of 4 endpoints and workspaces not checked: {second} (list endpoints of")
    assert found.report.counts == {"unknown": 1, "healthy": 3}


async def test_a_scope_that_is_not_there_fails_with_azures_words(stage: Stage, tmp_path: Path) -> None:
    """Nothing is published about nothing."""
    elsewhere = AzureWorkspace.of(stage.target.model_copy(update={"workspace": "nowhere"}))
    found = await night(stage, tmp_path, target=elsewhere)
    assert found.state.is_failed()
    assert "nowhere" in found.message
    assert "NotFound" in found.message


async def test_patterns_choose_endpoints(stage: Stage, tmp_path: Path) -> None:
    """What is left out is neither looked at nor taken for gone."""
    assert (await night(stage, tmp_path)).report.counts == {"healthy": 3}
    found = await night(stage, tmp_path, scope=Selection(include=("*-a", "*-b"), exclude=("*-b",)))
    assert [one.name for one in found.report.entries] == [endpoint(stage)]
    assert found.report.gone == ()
    one = await night(stage, tmp_path, scope=Selection(look_at="resource group", endpoint=endpoint(stage)))
    assert one.message == f"{endpoint(stage)} is healthy."
    nothing = await night(stage, tmp_path, scope=Selection(include=("other-*",)))
    assert nothing.message.startswith("Nothing was checked: no endpoint is in scope")


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
    for name in ("Selection", "AzureWorkspace", "Samples", "Expectations", "Resolvers"):
        fields = schema["definitions"][name]["properties"]
        assert all(field.get("description") for field in fields.values()), (name, fields)
    assert schema["required"] == ["target"]
    assert schema["properties"]["second_look_seconds"]["minimum"] == 0
