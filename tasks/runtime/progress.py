"""Progress of a step's waits: in the run's log, and for long waits as a progress artifact in the Prefect UI."""

from __future__ import annotations

import logging
import re
from typing import Final
from uuid import UUID

from prefect.logging import get_run_logger
from prefect.runtime import task_run

from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import EndpointOpsError
from tasks.runtime.artifacts import show_progress
from tasks.runtime.prefect_api import short_prefect_timeouts

_QUICK_SECONDS: Final = 5.0
_LONG_SECONDS: Final = 15.0
_QUIET_SECONDS: Final = 60.0


class ProgressArtifact:
    """A progress artifact, created at its first update.

    When Prefect rejects it, the log says so and updates pause for a minute: progress must not delay the step.

    Args:
        key: Any text, which is converted to an artifact key.
    """

    def __init__(self, key: str) -> None:
        self._key = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
        self._made: UUID | None = None
        self._not_before = 0.0

    def show(self, percent: float, text: str) -> None:
        """Create or update the artifact."""
        if SYSTEM.seconds() < self._not_before:
            return
        try:
            with short_prefect_timeouts():
                self._put(percent, text)
        except EndpointOpsError as error:
            self._not_before = SYSTEM.seconds() + _QUIET_SECONDS
            get_run_logger().warning("progress can't be shown: %s", error.message)

    def _put(self, percent: float, text: str) -> None:
        self._made = show_progress(self._made, self._key, percent, text)

    def end(self, text: str) -> None:
        """Show the end of the wait, if its progress was ever shown."""
        if self._made:
            self.show(100.0, text)


class TaskProgress:
    """The progress of one task run's waits.

    The first line of each wait goes to the log at INFO level, and so do changes later than five seconds after the
    step began; earlier changes are DEBUG. After fifteen seconds, a progress artifact is shown too.
    """

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._logger, self._clock, self._began = get_run_logger(), clock, clock.seconds()
        self._artifact = ProgressArtifact(f"waiting-{task_run.name or 'step'}")
        self._told: set[str] = set()

    def say(self, text: str) -> None:
        """Report a state; Azure gives no percentage."""
        what, elapsed = text.partition(":")[0], self._clock.seconds() - self._began
        is_news = what not in self._told or elapsed > _QUICK_SECONDS
        self._told.add(what)
        self._logger.log(logging.INFO if is_news else logging.DEBUG, "waiting for %s", text)
        if elapsed > _LONG_SECONDS:
            self._artifact.show(0.0, f"waiting for {text}")

    def share(self, part: float, text: str) -> None:
        """Report the elapsed part (0 to 1) of a wait of known length."""
        if self._clock.seconds() - self._began > _LONG_SECONDS:
            self._artifact.show(round(100 * part, 1), text)

    def end(self) -> None:
        """End the progress with the step."""
        self._artifact.end(f"waited {self._clock.seconds() - self._began:.0f} s")
