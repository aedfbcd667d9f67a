"""Redeployments: a good revision is promoted, and every other one leaves all as it was."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from support.diagnostics.runs import rollout_events
from support.rollout.stage import QUICK, Served, report_of

from tasks.clients.connect import connect
from tasks.domain.azure.ownership import is_owned
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import ROLLOUT_TAG, rollout_in


def test_a_good_model_is_promoted(served: Served) -> None:
    """It gets the traffic in the steps asked for, all of it in the end; the old color stays, and events tell of it."""
    model, began = served.model(answer=2), datetime.now(UTC)
    state = served.redeploy(revision={"kind": "model", "model": model})
    report = report_of(state)
    assert state.is_completed(), state
    assert (report.outcome, report.plan and report.plan.color) == ("promoted", "green")
    assert [one.percent for one in report.bakes] == [10, 50, 100]
    assert served.answers() == ("green", 2)
    green, blue = served.online_deployment("green"), served.online_deployment("blue")
    assert green
    assert blue
    assert green.model_id.endswith(model.removeprefix("azureml:").replace(":", "/versions/"))
    assert (green.code_id, green.environment_id) == (blue.code_id, blue.environment_id)
    assert is_owned(green.tags, green.id)
    assert rollout_in(served.name, served.endpoint().tags) is None
    assert served.shares("green")[-5:] == [0, 10, 50, 100, 100]  # noted, three steps, the note dropped
    told = rollout_events(began)
    assert [one.event.removeprefix("azureml.rollout.") for one in told] == [
        "started",
        "step",
        "step",
        "step",
        "promoted",
    ]
    assert told[1].payload["traffic"] == {"blue": 90, "green": 10}
    page = served.page()
    assert "Promoted" in page
    assert "![traffic and latency of each step](data:image/svg+xml;base64," in page
    assert "* at 50 %: success\n" in page
    assert re.search(r"\| at 50 % +\| green 50 % +\| \d+ +\| 0 +\| 0.0 % +\|", page)
    assert "green answers every call" in page


def test_no_user_meets_a_model_that_raises(served: Served) -> None:
    """The smoke test stops it before it has any traffic; the run fails with what the model said."""
    began = datetime.now(UTC)
    state = served.redeploy(revision={"kind": "model", "model": served.model(answer=2, raises_from=1)})
    report = report_of(state)
    assert state.is_failed()
    assert report.outcome == "rolled_back"
    assert str(state.message).startswith("green was rolled back: scoring")
    assert "model_error" in str(state.message)
    assert "**Next:** score.py failed: read" in served.page()
    assert report.bakes == ()
    assert set(served.shares("green")) == {0}
    served.is_as_before()
    assert [one.event for one in rollout_events(began)] == ["azureml.rollout.started", "azureml.rollout.rolled_back"]


def test_a_model_that_has_lost_its_way_is_mended_by_fresh_instances(served: Served) -> None:
    """What serves raises by now, as one with a leak does; the same again answers, and is promoted."""
    model = {"kind": "model", "model": served.model(answer=1, raises_from=60)}
    at_once = {**QUICK, "preset": "blue_green"}
    assert report_of(served.redeploy(revision=model, strategy=at_once)).outcome == "promoted"
    assert served.call_as_users_do(60)[-1] == 424
    report = report_of(served.redeploy(strategy=at_once))
    assert report.outcome == "promoted", report.reason
    assert report.plan
    assert report.plan.health == "unhealthy"
    assert served.call_as_users_do(1) == [200]


def test_a_model_that_fails_later_is_taken_back(served: Served) -> None:
    """It passes the smoke test and fails at the first step: the saved traffic is put back, read back and scored."""
    state = served.redeploy(revision={"kind": "model", "model": served.model(answer=2, raises_from=3)})
    report = report_of(state)
    assert report.outcome == "rolled_back"
    assert [one.percent for one in report.bakes] == [10]
    assert "at 10 % green: failed" in str(state.message)
    assert "10 × blue ok" in report.restored
    served.is_as_before()
    assert "## Rollback" in served.page()


def test_the_colors_take_turns(served: Served) -> None:
    """What the last rollout left without traffic makes room; the same again is like what serves now; a file may be."""
    served.redeploy(revision={"kind": "model", "model": served.model(answer=2)})
    old = served.online_deployment("blue")
    assert report_of(served.redeploy(strategy={**QUICK, "preset": "blue_green"})).outcome == "promoted"
    assert served.answers() == ("blue", 2)
    new = served.online_deployment("blue")
    assert old
    assert new
    assert new.tags[ROLLOUT_TAG] != old.tags.get(ROLLOUT_TAG)
    (served.folder / "model" / "model.json").write_text('{"answer": 3}')
    state = served.redeploy(revision={"kind": "file", "file": served.file.file})
    assert report_of(state).outcome == "promoted", state
    assert served.answers() == ("green", 3)


def test_without_quota_nothing_changes(served: Served) -> None:
    """Azure's reserve of a fifth counts: the run says what is needed and what there is."""
    file = served.folder / "blue-deployment.yml"
    file.write_text(file.read_text().replace("Standard_DS3_v2", "Standard_F64s_v2").replace("count: 1", "count: 14"))
    before = served.writes()
    state = served.redeploy(revision={"kind": "file", "file": str(file)})
    assert state.is_failed()
    assert report_of(state).outcome == "refused"
    assert "14 × Standard_F64s_v2 need 1088 cores" in str(state.message)
    assert served.writes() == before


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "a model that is not there": ({"revision": {"kind": "model", "model": "azureml:churn:999"}}, "churn:999"),
    "a file that is not there": ({"revision": {"kind": "file", "file": "nowhere.yml"}}, "nowhere.yml"),
    "a request that is not there": ({"requests": {"golden_files": ["nowhere.json"]}}, "nowhere.json"),
    "no request at all": ({"requests": {}}, 'Requests of the deployment "redeploy"'),
    "requests of other endpoints": ({"requests": {"by_endpoint": {"churn-*": ["churn.json"]}}}, "no scoring request"),
    "no free color": ({"strategy": {**QUICK, "colors": ["blue", "blue"]}}, "none of the colors"),
    "no endpoint": ({"endpoint": "nobody"}, "endpoint nobody does not exist"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_can_not_go_well_is_refused_before_anything_changes(served: Served, case: str) -> None:
    """The run fails with the reason, and has written nothing."""
    parameters, said = REFUSALS[case]
    before = served.writes()
    state = served.redeploy(**parameters)
    assert report_of(state).outcome == "refused"
    assert str(state.message).startswith("Nothing was changed")
    assert said in str(state.message)
    assert served.writes() == before


def test_an_endpoint_that_can_not_be_well_is_refused(served: Served) -> None:
    """Where callers can't reach it, no redeployment would help: the run names the finding."""
    document: dict[str, Any] = {"scenario": "private_endpoint_pending", "workspace": served.stage.path}
    served.stage.emulator.control("POST", "/faults", document)
    try:
        state = served.redeploy()
    finally:
        served.stage.emulator.control("POST", "/faults", {**document, "undo": True})
    assert report_of(state).outcome == "refused"
    assert "SCORE-PE-001" in str(state.message)


def test_golden_requests_are_answered_alike_or_no_user_meets_the_model(served: Served) -> None:
    """It stops before the first live step, with what differs; within the tolerance it goes on."""
    golden = served.folder / "golden.json"
    golden.write_text("[1]")
    asked = {"requests": {"golden_files": [str(golden)]}, "strategy": {**QUICK, "preset": "blue_green"}}
    state = served.redeploy(revision={"kind": "model", "model": served.model(answer=1.2)}, **asked)
    assert report_of(state).outcome == "rolled_back"
    assert "golden.json differently: $.answer is 1.2, was 1" in str(state.message)
    assert set(served.shares("green")) == {0}
    served.is_as_before()
    state = served.redeploy(revision={"kind": "model", "model": served.model(answer=1.01)}, **asked)
    assert report_of(state).outcome == "promoted", state


def test_a_golden_request_is_answered_every_time(served: Served) -> None:
    """A model that fails now and then does not get past the comparison because its first answer was right."""
    golden = served.folder / "golden.json"
    golden.write_text("[1]")
    model = served.model(answer=1, raises_from=3)  # the smoke test has the first call, the comparison the next ones
    state = served.redeploy(revision={"kind": "model", "model": model}, requests={"golden_files": [str(golden)]})
    assert report_of(state).outcome == "rolled_back"
    assert "golden.json: " in str(state.message)
    assert "answered HTTP 424 to " in str(state.message)
    assert set(served.shares("green")) == {0}
    served.is_as_before()


def test_a_shadow_gets_copies_and_no_user(served: Served) -> None:
    """Mirror traffic only, then all as before; the run completes, and the shadow is kept or removed as told."""
    strategy = {**QUICK, "preset": "shadow_only", "mirror_percent": 50, "failed_color": "remove"}
    state = served.redeploy(revision={"kind": "model", "model": served.model(answer=2)}, strategy=strategy)
    report = report_of(state)
    assert state.is_completed(), state
    assert report.outcome == "shadowed"
    assert [(one.mirror, one.percent) for one in report.bakes] == [(50, 0)]
    assert set(served.shares("green")) == {0}
    assert [one["green"] for one in served.mirrors() if one] == [50]
    assert served.online_deployment("green") is None
    served.is_as_before()


def test_copies_come_before_live_traffic(served: Served) -> None:
    """Never both at once; the mirror traffic that there was before is there again at every live step."""
    with connect(served.stage.target) as azure:
        azure.replicas.make(served.name, "blue", "red", Revision(), {})
        azure.endpoints.set_traffic(served.name, {"blue": 100}, {"red": 20})
    strategy = {**QUICK, "steps": [50, 100], "mirror_percent": 30}
    state = served.redeploy(strategy=strategy)
    assert report_of(state).outcome == "promoted", state
    assert served.mirrors()[-4:] == [{"green": 30}, {"red": 20}, {"red": 20}, {"red": 20}]
    assert served.shares("green")[-4:] == [0, 50, 100, 100]


def test_the_old_color_goes_with_its_records_kept(served: Served) -> None:
    """Once all traffic has gone over, as told; what it logged is an artifact."""
    state = served.redeploy(strategy={**QUICK, "preset": "blue_green", "old_color": "remove"})
    assert report_of(state).outcome == "promoted", state
    assert served.online_deployment("blue") is None
    assert served.answers() == ("green", 1)
    kept = served.page("rollout-records")
    assert kept.startswith("# blue of ")
    assert "POST /score" in kept


KEPT: dict[str, Any] = {**QUICK, "preset": "blue_green", "old_color": "remove", "keep_minutes": 0.02}


def test_the_old_color_is_kept_for_a_while(served: Served) -> None:
    """The new one is watched on, the way back stays noted, and then the old one goes; too few samples undo nothing."""
    strategy = {**KEPT, "limits": {"min_samples": 500}, "extensions": 0, "when_inconclusive": "promote"}
    state = served.redeploy(strategy=strategy)
    report = report_of(state)
    assert report.outcome == "promoted", state
    assert [one.title for one in report.bakes] == ["at 100 %", "after promotion"]
    assert [bool(one) for one in served.notes_until()[-3:]] == [False, True, False]
    assert served.online_deployment("blue") is None
    assert served.is_whole() == "green"


def test_a_model_that_fails_once_promoted_is_taken_back(served: Served) -> None:
    """While the old color is kept, all is as before at once; nothing is announced as promoted, or removed."""
    began, model = datetime.now(UTC), served.model(answer=23, raises_from=25)
    state = served.redeploy(revision={"kind": "model", "model": model}, strategy=KEPT)
    assert report_of(state).outcome == "rolled_back"
    assert "after promotion green: failed" in str(state.message)
    assert "azureml.rollout.promoted" not in [one.event for one in rollout_events(began)]
    served.is_as_before()


def test_the_failed_color_goes_with_its_records_kept(served: Served) -> None:
    """Its last lines say why it failed, though it is gone."""
    model = served.model(answer=22, raises_from=3)  # equal ones share a process, and its count of calls
    state = served.redeploy(revision={"kind": "model", "model": model}, strategy={**QUICK, "failed_color": "remove"})
    assert report_of(state).outcome == "rolled_back"
    assert served.online_deployment("green") is None
    kept = served.page("rollout-records")
    assert "this model does not like the data" in kept
    assert re.search(r"\d model\b", kept)  # one or more: some of the calls that name nobody meet it as well
    assert re.search(r"\| RequestsPerMinute +\| deployment green, statuscode 424 +\| Count", kept)
    assert re.search(r"\| RequestLatency\\_P95 +\| deployment green +\| MilliSeconds", kept)
    assert re.search(r"\| CpuUtilizationPercentage +\| all +\| Percent", kept)
    assert "could not be read" not in kept
    assert "rollout-records" in served.page()


def test_a_model_that_does_not_start_is_taken_back(served: Served) -> None:
    """Azure's reason is the run's, and the report has the container's last lines."""
    state = served.redeploy(revision={"kind": "model", "model": served.model(answer=2, starts=False)})
    assert report_of(state).outcome == "rolled_back"
    assert str(state.message).startswith("green was rolled back: create online deployment green: Azure answered")
    assert "this model does not start" in served.page()
    assert "this model does not start" not in str(state.message)
    served.is_as_before()


def test_a_slow_model_is_taken_back(served: Served) -> None:
    """Its answers are fine, and take too long beside those of what serves now."""
    state = served.redeploy(revision={"kind": "model", "model": served.model(answer=2, seconds=0.3)})
    assert report_of(state).outcome == "rolled_back"
    assert "at 10 % green: the median latency of probes is 3" in str(state.message)
    assert [one.percent for one in report_of(state).bakes] == [10]
    served.is_as_before()
