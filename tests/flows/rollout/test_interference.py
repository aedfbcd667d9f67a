"""What others do to an endpoint in the middle of a rollout: users are never left on a color that failed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from prefect import flow
from prefect.client.schemas.objects import State
from support.rollout.stage import QUICK, Served, report_of
from support.waiting import until

from tasks.clients.connect import connect
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import ROLLOUT_TAG, Rollout, RolloutLost, rollout_in, without_rollout
from tasks.rollout.deploy_candidate import deploy_candidate

LONG: dict[str, Any] = {**QUICK, "steps": [50, 100], "bake_seconds": 3}
AT_ONCE: dict[str, Any] = {**LONG, "steps": [100]}


def interfered(served: Served, share: int, change: Callable[[], object], **parameters: Any) -> State[Any]:
    """A rollout with something done to the endpoint as soon as the next color has a share of the live traffic."""
    with ThreadPoolExecutor() as pool:
        going = pool.submit(served.redeploy, **{"strategy": LONG, **parameters})
        until(lambda: going.done() or served.endpoint().traffic.get("green") == share, f"green to have {share} %")
        assert not going.done(), going.result()
        change()
        return going.result()


def revise(served: Served, **changes: Any) -> None:
    """Change the endpoint as somebody does who knows nothing of rollouts; the tags stay, unless they are changed."""

    def changed(shown: Endpoint) -> Endpoint:
        return shown.model_copy(update=changes)

    with connect(served.stage.target) as azure:
        azure.endpoints.revise(served.name, changed, doing="change it by hand")


def drop_note(served: Served) -> None:
    """Replace the endpoint's tags, as Terraform does."""
    revise(served, tags=without_rollout(served.endpoint().tags))


def fail(served: Served) -> None:
    """Call the next color until it raises, where its model does from the hundredth call on."""
    assert served.call_as_users_do(100, color="green")[-1] == 424


def test_a_rollout_goes_back_though_its_note_is_gone(served: Served) -> None:
    """The next step finds no note; the run knows the way all the same."""
    state = interfered(served, 50, lambda: drop_note(served))
    assert report_of(state).outcome == "rolled_back", state
    assert "it has no rollout record" in str(state.message)
    served.is_as_before()


def test_a_color_that_failed_without_a_note_is_not_promoted(served: Served) -> None:
    """With all traffic, too: its failure counts, not that nothing is noted."""
    model = served.model(answer=31, raises_from=100)

    def interfere() -> None:
        drop_note(served)
        fail(served)

    revision = {"kind": "model", "model": model}
    state = interfered(served, 100, interfere, revision=revision, strategy={**AT_ONCE, "bake_seconds": 8})
    assert report_of(state).outcome == "rolled_back", state
    assert "at 100 % green: failed" in str(state.message)
    served.is_as_before()


def test_a_color_that_another_rollout_made_since_is_left_alone(served: Served) -> None:
    """A run that was taken for dead finds no note, and all traffic on its color's successor, which it did not make."""

    def succeed() -> None:
        drop_note(served)
        with connect(served.stage.target) as azure:
            azure.endpoints.set_traffic(served.name, {"blue": 100})
            azure.online_deployments.delete(served.name, "green")
            azure.replicas.make(served.name, "blue", "green", Revision(), {ROLLOUT_TAG: "another"})
            azure.endpoints.set_traffic(served.name, {"green": 100})

    state = interfered(served, 50, succeed)
    assert report_of(state).outcome == "rolled_back", state
    assert served.is_whole() == "green"


def add_red(served: Served) -> None:
    """Another online deployment beside blue."""
    with connect(served.stage.target) as azure:
        azure.replicas.make(served.name, "blue", "red", Revision(), {})


def test_traffic_that_somebody_took_from_the_color_stays_as_they_set_it(served: Served) -> None:
    """The next step doesn't send users back to what a person has just pulled; nor does the way back undo that."""
    add_red(served)
    state = interfered(served, 50, lambda: revise(served, traffic={"red": 100}))
    assert report_of(state).outcome == "rolled_back", state
    assert "was changed during the rollout" in str(state.message)
    assert served.shares("green")[-3:] == [50, 0, 0]  # the step, the person, the note dropped
    assert served.is_whole() == "red"
    assert (
        "Another client had already removed green from the traffic, which stays unchanged, red 100 %" in served.page()
    )


def test_traffic_that_somebody_changed_otherwise_goes_back(served: Served) -> None:
    """The color still has users, so that the rollout ends its own part in it: all is as before."""
    state = interfered(served, 50, lambda: revise(served, traffic={"blue": 95, "green": 5}))
    assert report_of(state).outcome == "rolled_back", state
    assert "was changed during the rollout" in str(state.message)
    assert 100 not in served.shares("green")
    served.is_as_before()


def test_copies_that_somebody_stopped_are_not_followed_by_users(served: Served) -> None:
    """Whoever takes the copies away wants no calls there."""
    with ThreadPoolExecutor() as pool:
        going = pool.submit(served.redeploy, strategy={**LONG, "mirror_percent": 30})
        until(lambda: going.done() or served.endpoint().mirror_traffic.get("green"), "copies")
        revise(served, mirror_traffic={})
        state = going.result()
    assert report_of(state).outcome == "rolled_back", state
    assert set(served.shares("green")) == {0}
    served.is_as_before()


def test_a_color_that_lost_all_traffic_in_its_last_step_is_not_promoted(served: Served) -> None:
    """That every call is answered, by those who have the traffic by now, says nothing of it."""
    state = interfered(served, 100, lambda: revise(served, traffic={"blue": 100}), strategy=AT_ONCE)
    assert report_of(state).outcome == "rolled_back", state
    assert f"green no longer has all traffic of endpoint {served.name}: blue 100 %" in str(state.message)
    served.is_as_before()


def test_a_run_taken_for_dead_leaves_its_successors_color_alone(served: Served) -> None:
    """When it deploys at last, another rollout has made a color of the same name, which is not an old leftover."""
    dead, other = (
        Rollout(id=str(uuid4()), run=str(uuid4()), endpoint=served.name, color="green", live={"blue": 100})
        for _ in range(2)
    )
    with connect(served.stage.target) as azure:
        azure.rollouts.begin(other)
        azure.replicas.make(served.name, "blue", "green", Revision(), {ROLLOUT_TAG: other.id})

    @flow
    def deploying() -> None:
        deploy_candidate(served.stage.target, dead, "blue", Revision())

    with pytest.raises(RolloutLost, match=f"flow run {other.run} is rolling out green"):
        deploying()
    green = served.online_deployment("green")
    assert green
    assert green.tags[ROLLOUT_TAG] == other.id


def test_what_nobody_can_put_back_is_told_and_leaves_the_endpoint_free(served: Served) -> None:
    """The old color was deleted by hand: users stay where they are until a model that works is rolled out."""
    model = served.model(answer=33, raises_from=100)

    def interfere() -> None:
        with connect(served.stage.target) as azure:
            azure.online_deployments.delete(served.name, "blue")
        fail(served)

    revision = {"kind": "model", "model": model}
    state = interfered(served, 100, interfere, revision=revision, strategy={**AT_ONCE, "bake_seconds": 8})
    assert report_of(state).outcome == "stuck", state
    assert "the previous traffic was {'blue': 100}, and of its online deployments only these exist: none" in str(
        state.message
    )
    assert "Roll out a working model" in served.page()
    assert "az ml online-endpoint update" not in served.page()
    assert rollout_in(served.name, served.endpoint().tags) is None
    mended = {"kind": "model", "model": served.model(answer=34)}
    assert report_of(served.redeploy(revision=mended, strategy=AT_ONCE)).outcome == "promoted"
    assert served.answers() == ("blue", 34)


def test_a_way_back_that_is_gone_does_not_stop_the_next_rollout(served: Served) -> None:
    """What a run has left that is over: the next one says that it can't be taken back, and goes all the way."""
    assert served.redeploy(revision={"kind": "file", "file": "nowhere.yml"}).is_failed()
    (run,) = served.runs()
    left = Rollout(id=str(uuid4()), run=str(run.id), endpoint=served.name, color="green", live={"blue": 100})
    with connect(served.stage.target) as azure:
        azure.rollouts.begin(left)
        azure.replicas.make(served.name, "blue", "green", Revision(), {ROLLOUT_TAG: left.id})
        azure.rollouts.route(left, {"green": 100})
        azure.online_deployments.delete(served.name, "blue")
    state = served.redeploy(strategy={**QUICK, "preset": "blue_green"})
    assert report_of(state).outcome == "promoted", state
    assert "could not be rolled back" in served.page()
    assert served.is_whole() == "blue"


def test_copies_for_what_is_gone_do_not_keep_users_on_a_failed_color(served: Served) -> None:
    """The live traffic goes back all the same."""
    add_red(served)
    revise(served, mirror_traffic={"red": 20})

    def interfere() -> None:
        revise(served, mirror_traffic={})
        with connect(served.stage.target) as azure:
            azure.online_deployments.delete(served.name, "red")

    state = interfered(served, 50, interfere)
    assert report_of(state).outcome == "rolled_back", state
    served.is_as_before()


def test_an_endpoint_that_is_gone_has_nothing_to_take_back(served: Served) -> None:
    """The run ends with that, and nobody has to act."""

    def interfere() -> None:
        with connect(served.stage.target) as azure:
            azure.endpoints.delete(served.name)

    state = interfered(served, 50, interfere)
    assert report_of(state).outcome == "rolled_back", state
    assert "nothing to roll back: endpoint" in served.page()
