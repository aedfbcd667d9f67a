"""The steps of a flow run: side by side, waited for together, and told."""

from __future__ import annotations

import time
from threading import Event
from typing import Any

import pytest
from prefect import flow, task
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.task_runners import ThreadPoolTaskRunner

from flows.common.steps import Steps
from tasks.domain.common.errors import InvalidSpec, PermanentError

pytestmark = pytest.mark.usefixtures("prefect_server")


@task(persist_result=False)
def slow_step(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


@task(persist_result=False)
def bad_step() -> None:
    raise InvalidSpec("a bad file", "Correct it.")


@task(persist_result=False)
def broken_step() -> None:
    raise KeyError("properties")


@task(persist_result=False)
def late_step(before: Any = None) -> str:
    return "late"


def in_a_flow(work: Any, steps: Steps) -> None:
    """Do something with steps inside a flow run."""

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
    def run() -> None:
        work(steps)

    run()


def test_the_others_are_waited_for() -> None:
    """A failure is raised when all have ended, so that none is left running unnoticed."""
    steps = Steps("progress-a", Event())

    def work(steps: Steps) -> None:
        steps.start(bad_step)
        steps.start(slow_step, 0.2)
        with pytest.raises(InvalidSpec, match="a bad file"):
            steps.gather()
        assert steps.result_of(slow_step) == "done"

    in_a_flow(work, steps)
    assert {one.name: one.state for one in steps.summary()} == {"bad step": "failed", "slow step": "done"}


def test_what_comes_after_a_failure_is_skipped() -> None:
    """A step that stands on a failed one never begins; one that only comes after it does."""
    steps = Steps("progress-b", Event())

    def work(steps: Steps) -> None:
        failed = steps.start(bad_step)
        steps.start(slow_step, 0.0, after=[failed])
        steps.start(late_step, even_if_failed=[failed])
        with pytest.raises(InvalidSpec):
            steps.gather()

    in_a_flow(work, steps)
    told = {one.name: one for one in steps.summary()}
    assert (told["slow step"].state, told["late step"].state) == ("skipped", "done")
    assert told["bad step"].detail == "a bad file"
    assert steps.result_of(slow_step) is None


def test_an_unforeseen_failure_is_told_as_one() -> None:
    """A bug in a step ends the run with the step's name, and with where to look."""

    def work(steps: Steps) -> None:
        steps.start(broken_step)
        with pytest.raises(PermanentError, match="broken step ended unexpectedly: KeyError"):
            steps.gather()

    in_a_flow(work, Steps("progress-c", Event()))


def test_waiting_for_another_is_no_time_of_ones_own() -> None:
    """A step's time begins when what it comes after has ended."""
    steps = Steps("progress-d", Event())

    def work(steps: Steps) -> None:
        first = steps.start(slow_step, 0.4)
        steps.start(late_step, after=[first])
        steps.gather()

    in_a_flow(work, steps)
    told = {one.name: one.seconds for one in steps.summary()}
    assert told["slow step"] >= 0.39
    assert told["late step"] < 0.4


def test_a_long_run_shows_its_progress() -> None:
    """While nothing ends for a while, an artifact tells what is running."""

    def work(steps: Steps) -> None:
        steps.run(late_step)
        steps.run(slow_step, 0.5)

    in_a_flow(work, Steps("progress-e", Event(), quiet_seconds=0.1))
    with get_client(sync_client=True) as client:
        key = ArtifactFilter(key=ArtifactFilterKey(any_=["progress-e"]))
        (artifact,) = client.read_artifacts(artifact_filter=key)
    assert artifact.data == 50
    assert "1 of 2 steps" in artifact.description
    assert "slow step" in artifact.description


def test_a_quick_run_makes_no_progress_artifact() -> None:
    """Nobody looks for the progress of a run that is over."""
    in_a_flow(lambda steps: steps.run(late_step), Steps("progress-f", Event()))
    with get_client(sync_client=True) as client:
        key = ArtifactFilter(key=ArtifactFilterKey(any_=["progress-f"]))
        assert client.read_artifacts(artifact_filter=key) == []
