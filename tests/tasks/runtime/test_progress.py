"""What a person sees of a step that waits."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from uuid import UUID

import pytest
from prefect import flow, task
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL, temporary_settings
from support.clock import FakeClock

from tasks.runtime.progress import TaskProgress

pytestmark = pytest.mark.usefixtures("prefect_server")
SECONDS = 20.0


def waited(work: Callable[[TaskProgress], None], seconds: float) -> list[tuple[str, str | None, str]]:
    """Key, description and data of the artifacts of a step whose clock goes on by so much at each look."""

    class Ticking(FakeClock):
        """Goes on by so much whenever it is asked."""

        def seconds(self) -> float:
            self.at += seconds
            return self.at - seconds

    @task(task_run_name="delete endpoint churn")
    def step() -> None:
        work(TaskProgress(Ticking()))

    @flow
    def run() -> None:
        step()

    state: State[None] = run(return_state=True)
    assert state.is_completed(), state.message
    with get_client(sync_client=True) as client:
        this = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(str(state.state_details.flow_run_id))]))
        found = client.read_artifacts(flow_run_filter=this)
    return [(str(one.key), one.description, str(one.data)) for one in found]


def deletion(progress: TaskProgress) -> None:
    progress.say("delete endpoint churn: Deleting, 20 s")
    progress.say("delete endpoint churn: Deleting, 40 s")


def test_a_long_wait_shows_what_is_waited_for() -> None:
    """One artifact under the step's name, renewed as the wait goes on."""
    assert waited(deletion, SECONDS) == [
        ("waiting-delete-endpoint-churn", "waiting for delete endpoint churn: Deleting, 40 s", "0")
    ]


def test_a_wait_of_known_length_shows_how_far_it_is() -> None:
    """Its share, in percent; at the end all of it."""
    ((_, told, percent),) = waited(lambda progress: progress.share(0.25, "5 of 20 rounds"), SECONDS)
    assert (told, percent) == ("5 of 20 rounds", "25")

    def whole(progress: TaskProgress) -> None:
        progress.share(0.25, "5 of 20 rounds")
        progress.end()

    ((_, told, percent),) = waited(whole, SECONDS)
    assert (told, percent) == ("waited 40 s", "100")


def test_a_short_wait_shows_nothing() -> None:
    """Nobody looks for the progress of what is over."""
    assert waited(deletion, 1.0) == []


def test_a_server_that_is_away_holds_nothing_up() -> None:
    """The wait goes on without its artifact, and asks again only after a minute; the step succeeds."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/api"

    def work(progress: TaskProgress) -> None:
        with temporary_settings({PREFECT_API_URL: nowhere}):
            for _ in range(3):
                progress.share(0.5, "away")
        progress.end()

    began = time.monotonic()
    assert waited(work, SECONDS) == []
    assert time.monotonic() - began < 10
