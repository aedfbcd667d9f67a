"""The one retry policy."""

from __future__ import annotations

import time

import pytest
from prefect import flow, task
from prefect.client.schemas.objects import TaskRun
from prefect.logging import disable_run_logger
from prefect.states import Failed
from support.prefect.server import RunningPrefect

from tasks.domain.common.errors import (
    ConcurrentChange,
    EndpointOpsError,
    InvalidSpec,
    OperationInProgress,
    Origin,
    Throttled,
    TokenExpired,
)
from tasks.rollout.roll_back import roll_back
from tasks.runtime.retry import DELAYS_SECONDS, RETRY_TEMPORARY, is_temporary

FIRST = TaskRun(task_key="step", dynamic_key="0", run_count=1)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (OperationInProgress("busy"), True),
        (Throttled("slow"), True),
        (InvalidSpec("bad"), False),
        (KeyError("x"), False),
    ],
)
def test_only_temporary_errors_are_tried_again(error: Exception, again: bool) -> None:
    """A permanent error, or one that nobody foresaw, stops at once."""
    with disable_run_logger():
        assert is_temporary(None, FIRST, Failed(data=error)) is again


@pytest.mark.parametrize("error", [TokenExpired("old"), ConcurrentChange("changed")])
def test_some_errors_are_tried_again_once(error: Exception) -> None:
    """A new token, or another look at the resource, helps at once or not at all."""
    second = FIRST.model_copy(update={"run_count": 2})
    with disable_run_logger():
        assert is_temporary(None, FIRST, Failed(data=error))
        assert not is_temporary(None, second, Failed(data=error))


def test_retry_after_is_sat_out() -> None:
    """Azure's Retry-After passes before another try."""
    began = time.monotonic()
    with disable_run_logger():
        assert is_temporary(None, FIRST, Failed(data=Throttled("slow", origin=Origin(retry_after=0.2))))
    assert time.monotonic() - began >= 0.2


def test_a_retry_after_of_an_hour_is_told_rather_than_waited_for() -> None:
    """Nobody waits an hour in silence: the step fails, and its error says why."""
    with disable_run_logger():
        assert not is_temporary(None, FIRST, Failed(data=Throttled("slow", origin=Origin(retry_after=3600))))


def test_delays_grow() -> None:
    """Each try waits longer than the one before."""
    assert list(DELAYS_SECONDS) == sorted(set(DELAYS_SECONDS))


def test_the_way_back_is_tried_for_half_an_hour() -> None:
    """Users wait for it, and the next recovery may be an hour away: at least one try a minute, as Azure allows."""
    delays = roll_back.retry_delay_seconds
    assert isinstance(delays, list)
    assert 25 * 60 <= sum(delays) <= 35 * 60
    assert max(delays) <= 60
    assert roll_back.retries == len(delays)
    assert roll_back.retry_condition_fn is is_temporary


def tries_until(error: EndpointOpsError, successes_after: int) -> int:
    """How often a step runs that fails so many times."""
    tries: list[int] = []

    @task(**{**RETRY_TEMPORARY, "retry_delay_seconds": 0})
    def step() -> None:
        tries.append(1)
        if len(tries) <= successes_after:
            raise error

    @flow
    def one_step() -> None:
        step()

    one_step(return_state=True)
    return len(tries)


@pytest.mark.usefixtures("prefect_server")
def test_prefect_applies_the_policy() -> None:
    """Inside Prefect a temporary failure is repeated until it succeeds, and a permanent one never."""
    assert tries_until(OperationInProgress("busy"), successes_after=2) == 3
    assert tries_until(OperationInProgress("busy"), successes_after=99) == 1 + len(DELAYS_SECONDS)
    assert tries_until(InvalidSpec("bad"), successes_after=1) == 1


@pytest.mark.usefixtures("prefect_server")
async def test_the_policy_holds_for_async_steps() -> None:
    """A step that awaits its requests is repeated as well."""
    tries: list[int] = []

    @task(**{**RETRY_TEMPORARY, "retry_delay_seconds": 0})
    async def step() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OperationInProgress("busy")

    @flow
    async def one_step() -> None:
        await step()

    state = await one_step(return_state=True)
    assert state.is_completed()
    assert len(tries) == 2


def test_the_harness_is_the_sessions(prefect_server: RunningPrefect) -> None:
    """Runs of the tests are kept apart from the user's own Prefect home."""
    assert prefect_server.database.exists()
    assert prefect_server.storage.is_relative_to(prefect_server.home)
