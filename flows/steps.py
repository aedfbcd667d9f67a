"""The steps of one flow run: side by side, waited for together, and noted for the report."""

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
from tasks.domain.common.failures import as_one, named
from tasks.domain.lifecycle.report import Step, StepState
from tasks.runtime.progress import ProgressArtifact

R = TypeVar("R")
Future = PrefectFuture[Any]
_STOP_SECONDS: Final = 10.0  # Prefect kills a run 30 seconds after its cancellation


@dataclass(frozen=True)
class _Begun:
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
    def is_waiting(self) -> bool:
        """Whether it has not begun, since it waits for others."""
        return self.state.is_pending() or self.state.is_scheduled()

    @property
    def seconds(self) -> float:
        """Wall time since it could begin: it was submitted, and what it comes after had ended."""
        began = max([self.submitted, *(one.state.timestamp for one in self.after)])
        return max(0.0, (self.state.timestamp - began).total_seconds())

    @property
    def failure(self) -> EndpointOpsError | None:
        failed = self.state.is_failed() or self.state.is_crashed()
        return named(self.name, self.state.result(raise_on_failure=False)) if failed else None


class Steps:
    """What one flow run has begun.

    Args:
        progress_key: The key of the artifact that shows a long run's progress.
        stop: Ends the waits of steps when the run is cancelled.
        quiet_seconds: How long nothing has to end before it is made, and then renewed.
    """

    def __init__(self, progress_key: str, stop: Event, quiet_seconds: float = 15.0) -> None:
        self._quiet_seconds = quiet_seconds
        self._stop = stop
        self._begun: dict[str, _Begun] = {}
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
        """Begin a step beside the others: once those in `after` succeeded, and those in `even_if_failed` ended.

        With `is_beside`, only the steps after it wait for it.
        """
        wait_for = [*after, *(allow_failure(one) for one in even_if_failed)]
        future: PrefectFuture[R] = step.submit(*args, wait_for=wait_for)
        begun = _Begun(step.name.replace("_", " "), future, (*after, *even_if_failed), datetime.now(UTC), is_beside)
        future.add_done_callback(lambda _: begun.ended.set())
        self._begun[step.name] = begun
        return future

    def run(self, step: Task[..., R], *args: Any) -> R:
        """Run one step to its end, and return its result.

        Raises:
            EndpointOpsError: What the step failed with.
        """
        future = self.start(step, *args)
        self.gather()
        return future.result()

    def gather(self) -> None:
        """Wait until every step that was begun has ended, whatever became of the others; not for those beside.

        Raises:
            EndpointOpsError: The failure; with several, all of them in one.
        """
        for one in [one for one in self._begun.values() if not one.is_beside]:
            while not one.ended.wait(self._quiet_seconds):
                self._show()
            one.future.wait()
        failures = {one.name: failure for one in self._begun.values() if (failure := one.failure)}
        if failures:
            raise as_one("this run", failures)

    def stop(self) -> None:
        """Let every step end its wait; a step that makes a request ends with the answer."""
        self._stop.set()
        deadline = time.monotonic() + _STOP_SECONDS
        for one in self._begun.values():
            one.ended.wait(max(0.0, deadline - time.monotonic()))

    @property
    def under_way(self) -> tuple[str, ...]:
        """What had begun, and was not done when the run was cancelled."""
        return tuple(one.name for one in self._begun.values() if not one.state.is_completed() and not one.is_waiting)

    def result_of(self, step: Task[..., R]) -> R | None:
        """A step's result; None if it did not come that far."""
        begun = self._begun.get(step.name)
        return begun.future.result() if begun and begun.state.is_completed() else None

    def told(self) -> tuple[Step, ...]:
        """Every step with its state and time, for the report."""
        return tuple(_as_step(one) for one in self._begun.values())

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return (datetime.now(UTC) - self._since).total_seconds()

    def _show(self) -> None:
        running = [one.name for one in self._begun.values() if not one.ended.is_set()]
        done = len(self._begun) - len(running)
        percent = 100 * done / len(self._begun)
        text = f"{done} of {len(self._begun)} steps begun are done after {self.seconds:.0f} s: {', '.join(running)} …"
        self._artifact.show(percent, text)


def _as_step(one: _Begun) -> Step:
    if not one.state.is_final():
        return Step(name=one.name, state="skipped", seconds=0.0, detail="what it comes after failed")
    detail = one.failure.message.splitlines()[0] if one.failure else ""
    return Step(name=one.name, state=_state(one.state), seconds=one.seconds, detail=detail)


def _state(state: State[Any]) -> StepState:
    if state.is_completed():
        return "kept" if state.name == "Cached" else "done"
    return "failed"
