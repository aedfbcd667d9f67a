"""What a run has left that was killed: its retry, or the next run, takes it back or finishes it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from support.prefect.flows import retried
from support.rollout.stage import QUICK, Served, report_of

from flows.endpoint_redeploy import endpoint_redeploy
from tasks.clients.connect import connect
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import ROLLOUT_TAG, Rollout, rollout_in

KEPT: dict[str, Any] = {**QUICK, "preset": "blue_green", "old_color": "remove", "keep_minutes": 0.02}


def test_what_a_dead_run_left_is_taken_back_by_the_next(served: Served) -> None:
    """Prefect says that it is over; a rollout of its own then goes all the way."""
    missing = served.redeploy(revision={"kind": "model", "model": "azureml:churn:999"})
    assert missing.is_failed()
    die_halfway(served)
    state = served.redeploy()
    assert report_of(state).outcome == "promoted", state
    assert served.shares("green")[-9:] == [0, 50, 0, 0, 0, 10, 50, 100, 100]


def test_an_older_model_is_not_rolled_out(served: Served) -> None:
    """Unless told: a late event must not undo a newer version."""
    old, new = served.model(answer=2), served.model(answer=3)
    all_at_once = {**QUICK, "preset": "blue_green"}
    assert (
        report_of(served.redeploy(revision={"kind": "model", "model": new}, strategy=all_at_once)).outcome == "promoted"
    )
    before = served.writes()
    state = served.redeploy(revision={"kind": "model", "model": old})
    assert state.is_completed()
    assert report_of(state).outcome == "superseded"
    assert "which is newer" in str(state.message)
    assert served.writes() == before
    told = {"kind": "model", "model": old, "versions": "any"}
    assert report_of(served.redeploy(revision=told, strategy=all_at_once)).outcome == "promoted"
    assert served.answers() == ("blue", 2)


def test_one_rollout_at_a_time(served: Served) -> None:
    """While the endpoint's tags tell of another run's rollout, a second one is refused, and the first is left alone."""
    first = begin(served, str(uuid.uuid4()))
    state = served.redeploy()
    assert report_of(state).outcome == "refused"
    assert f"flow run {first.run} is rolling out green" in str(state.message)
    assert rollout_in(served.name, served.endpoint().tags) == first


def test_a_killed_run_is_taken_back_by_its_retry(served: Served) -> None:
    """What it had begun is undone from the note on the endpoint; then the retry goes all the way."""

    def kill() -> None:
        die_halfway(served)
        (served.folder / "golden.json").write_text("[1]")

    parameters = served.parameters(requests={"golden_files": [str(served.folder / "golden.json")]})
    state = retried(endpoint_redeploy, parameters, between=kill)
    assert report_of(state).outcome == "promoted", state
    assert served.shares("green")[-9:] == [0, 50, 0, 0, 0, 10, 50, 100, 100]
    assert served.answers() == ("green", 1)


def test_a_retry_that_can_not_go_on_still_takes_back(served: Served) -> None:
    """Its message says both: what was undone, and why nothing was begun."""
    missing = served.parameters(requests={"golden_files": ["nowhere.json"]})
    state = retried(endpoint_redeploy, missing, between=lambda: die_halfway(served))
    assert report_of(state).outcome == "refused"
    assert str(state.message).startswith(
        "green, begun by an earlier attempt, was rolled back, and nothing else was changed: request file nowhere.json"
    )
    served.is_as_before()


def die_halfway(served: Served) -> None:
    """What the endpoint's last run leaves when it is killed at 50 percent."""
    (run,) = served.runs()
    rollout = begin(served, str(run.id))
    with connect(served.stage.target) as azure:
        azure.replicas.make(served.name, "blue", "green", Revision(), {ROLLOUT_TAG: rollout.id})
        azure.rollouts.route(rollout, {"blue": 50, "green": 50})


def die_once_promoted(served: Served, model: str = "") -> None:
    """What the endpoint's last run leaves when it is killed while the old color is kept."""
    (run,) = served.runs()
    rollout = begin(served, str(run.id))
    revision = Revision(kind="model", model=model) if model else Revision()
    with connect(served.stage.target) as azure:
        azure.replicas.make(served.name, "blue", "green", revision, {ROLLOUT_TAG: rollout.id})
        azure.rollouts.route(rollout, {"green": 100})
        azure.rollouts.keep(rollout, datetime.now(UTC))


def test_a_run_killed_once_promoted_is_finished_by_its_retry(served: Served) -> None:
    """What was verified is scored again and stays: nothing is deployed anew, and the old color goes as told."""
    parameters = served.parameters(strategy={**KEPT, "colors": ["blue", "blue"]})
    state = retried(endpoint_redeploy, parameters, between=lambda: die_once_promoted(served))
    assert report_of(state).outcome == "promoted", state
    assert served.shares("green")[-4:] == [0, 100, 100, 100]  # noted, all traffic, verified, the note dropped
    assert served.online_deployment("blue") is None
    assert served.is_whole() == "green"


def test_a_promotion_that_no_longer_holds_is_taken_back(served: Served) -> None:
    """By the retry, from the saved way back: it fails calls that the old color answers."""
    parameters = served.parameters(requests={"golden_files": ["nowhere.json"]})
    failing = served.model(answer=24, raises_from=1)

    def kill() -> None:
        die_once_promoted(served, failing)
        parameters["requests"] = {"sample": "[1]"}
        parameters["strategy"] = {**QUICK, "colors": ["blue", "blue"]}

    state = retried(endpoint_redeploy, parameters, between=kill)
    assert report_of(state).outcome == "refused"
    assert "green, begun by an earlier attempt, was rolled back" in str(state.message)
    served.is_as_before()


def test_a_promotion_is_not_undone_for_a_request_that_nobody_can_answer(served: Served) -> None:
    """A next run with a wrong sample leaves it: the old color would fail that, too."""
    assert served.redeploy(revision={"kind": "file", "file": "nowhere.yml"}).is_failed()
    die_once_promoted(served, served.model(answer=25, raises_from=1))
    with connect(served.stage.target) as azure:
        azure.online_deployments.delete(served.name, "blue")
        azure.replicas.make(served.name, "green", "blue", Revision(), {})
    state = served.redeploy(revision={"kind": "file", "file": "nowhere.yml"})
    assert report_of(state).outcome == "refused"
    assert served.endpoint().traffic["green"] == 100
    assert rollout_in(served.name, served.endpoint().tags) is None


def test_a_promotion_without_requests_stays_unscored(served: Served) -> None:
    """The recovery scores no endpoint with another one.s request, and undoes nothing for want of one."""
    assert served.redeploy(revision={"kind": "file", "file": "nowhere.yml"}).is_failed()
    die_once_promoted(served)
    calls = served.shares("green")
    state = served.recover(requests={"by_endpoint": {"others-*": ["others.json"]}})
    assert state.is_completed(), state
    assert "stays as it was verified then" in served.page()
    assert served.endpoint().traffic["green"] == 100
    assert rollout_in(served.name, served.endpoint().tags) is None
    assert len(served.shares("green")) == len(calls) + 1


def begin(served: Served, run: str) -> Rollout:
    """Note a rollout as another run does."""
    rollout = Rollout(id=str(uuid.uuid4()), run=run, endpoint=served.name, color="green", live={"blue": 100})
    with connect(served.stage.target) as azure:
        azure.rollouts.begin(rollout)
    return rollout


def test_a_lifecycle_keeps_the_way_back(served: Served) -> None:
    """Whoever changes the endpoint while a rollout is under way leaves the note on it alone."""
    rollout = begin(served, str(uuid.uuid4()))
    file = served.folder / "endpoint.yml"
    file.write_text(file.read_text().replace("description: ", "description: Now it "))
    with connect(served.stage.target) as azure:
        before = served.writes()
        azure.endpoints.create_or_update(EndpointSpec(name=served.name, file=str(file)))
    assert len(served.writes()) == len(before) + 1
    assert rollout_in(served.name, served.endpoint().tags) == rollout
