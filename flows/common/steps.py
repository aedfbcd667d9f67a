"""The steps of one flow run: started side by side, awaited together, and summarized for the report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any, Final, TypeVar

from prefect import Task, allow_failure
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture

from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.common.failures import combined_error, named
from tasks.domain.lifecycle.report import Step, StepState
from tasks.runtime.progress import ProgressArtifact

R = TypeVar("R")
Future = PrefectFuture[Any]
_STOP_SECONDS: Final = 10.0  # Prefect kills a run 30 seconds after its cancellation


@dataclass(frozen=True)
class _Started:
    name: str
    future: Future
    after: tuple[Future, ...]
    submitted: datetime
    is_beside: bool = False
    ended: Event = field(default_factory=Event)

    @property
    def state(self) -> State[Any]:
        return self.future.state

    @property
    def seconds(self) -> float:
        """The wall time since it was submitted, and the steps that it waits for had ended."""
        began = max([self.submitted, *(one.state.timestamp for one in self.after)])
        return max(0.0, (self.state.timestamp - began).total_seconds())

    @property
    def failure(self) -> EndpointOpsError | None:
        failed = self.state.is_failed() or self.state.is_crashed()
        return named(self.name, self.state.result(raise_on_failure=False)) if failed else None


class Steps:
    """The steps of one flow run.

    Args:
        progress_key: The key of the artifact that shows a long run's progress.
        stop: The event that ends the waits of steps when the run is cancelled.
        quiet_seconds: The time without a completed step after which the artifact is created, or updated.
    """

    def __init__(self, progress_key: str, stop: Event, quiet_seconds: float = 15.0) -> None:
        self._quiet_seconds = quiet_seconds
        self._stop = stop
        self._started: dict[str, _Started] = {}
        self._since = datetime.now(UTC)
        self._artifact = ProgressArtifact(progress_key)

    def start(
        self,
        step: Task[..., R],
        *args: Any,
        after: Sequence[Future] = (),
        even_if_failed: Sequence[Future] = (),
        is_beside: bool = False,
    ) -> PrefectFuture[R]:
        """Start a step beside the others, once those in `after` have succeeded and those in `even_if_failed` ended.

        With `is_beside`, `gather` doesn't wait for it: only the steps after it do.
        """
        wait_for = [*after, *(allow_failure(one) for one in even_if_failed)]
        future: PrefectFuture[R] = step.submit(*args, wait_for=wait_for)
        comes_after = (*after, *even_if_failed)
        started = _Started(step.name.replace("_", " "), future, comes_after, datetime.now(UTC), is_beside)
        future.add_done_callback(lambda _: started.ended.set())
        self._started[step.name] = started
        return future

    def run(self, step: Task[..., R], *args: Any) -> R:
        """Run one step, and return its result.

        Raises:
            EndpointOpsError: When the step failed.
        """
        future = self.start(step, *args)
        self.gather()
        return future.result()

    def gather(self) -> None:
        """Wait until every started step has ended, also when one fails; those started with `is_beside` excepted.

        Raises:
            EndpointOpsError: When a step failed; several failures are combined into one.
        """
        for one in [one for one in self._started.values() if not one.is_beside]:
            while not one.ended.wait(self._quiet_seconds):
                self._show()
            one.future.wait()
        failures = {one.name: failure for one in self._started.values() if (failure := one.failure)}
        if failures:
            raise combined_error("this run", failures)

    def stop(self) -> None:
        """End the wait of every step; a step that is sending a request ends with its response."""
        self._stop.set()
        deadline = time.monotonic() + _STOP_SECONDS
        for one in self._started.values():
            one.ended.wait(max(0.0, deadline - time.monotonic()))

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The steps that were running when the run was cancelled."""
        begun = (one for one in self._started.values() if not (one.state.is_pending() or one.state.is_scheduled()))
        return tuple(one.name for one in begun if not one.state.is_completed())

    def result_of(self, step: Task[..., R]) -> R | None:
        """Return a step's result; None if it has not completed."""
        started = self._started.get(step.name)
        return started.future.result() if started and started.state.is_completed() else None

    def summary(self) -> tuple[Step, ...]:
        """Return every step with its state and time, for the report."""
        return tuple(_as_step(one) for one in self._started.values())

    @property
    def seconds(self) -> float:
        """The wall time since the run began."""
        return (datetime.now(UTC) - self._since).total_seconds()

    def _show(self) -> None:
        running = [one.name for one in self._started.values() if not one.ended.is_set()]
        done = len(self._started) - len(running)
        percent = 100 * done / len(self._started)
        text = f"{done} of {len(self._started)} steps completed in {self.seconds:.0f} s; running: {', '.join(running)}"
        self._artifact.show(percent, text)


def _as_step(one: _Started) -> Step:
    if not one.state.is_final():
        return Step(name=one.name, state="skipped", seconds=0.0, detail="a step that it depends on failed")
    done: StepState = "kept" if one.state.name == "Cached" else "done"
    detail = one.failure.message.splitlines()[0] if one.failure else ""
    return Step(name=one.name, state=done if one.state.is_completed() else "failed", seconds=one.seconds, detail=detail)
