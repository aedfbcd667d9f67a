"""The retry policy: temporary errors only, with growing, jittered delays that honor Retry-After."""

from __future__ import annotations

import itertools
from typing import Any, Final

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging import get_run_logger

from tasks.domain.common.errors import TemporaryError
from tasks.runtime.stopping import pause

# azure-core has already retried the request three times within five seconds.
DELAYS_SECONDS: Final = (1.0, 5.0, 20.0, 60.0)
# Half an hour in total: for steps that would otherwise wait up to an hour for the next recovery run.
PATIENT_DELAYS_SECONDS: Final = (*DELAYS_SECONDS, *itertools.repeat(60.0, 28))
JITTER: Final = 0.5
LONGEST_RETRY_AFTER_SECONDS: Final = 600.0


def is_temporary(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Return whether to retry the step. Waits for Azure's Retry-After first; Prefect's own delay is added.

    A Retry-After of more than ten minutes fails the step instead, so that someone is notified.
    """
    del task
    error = state.data  # not state.result(), which an async step would have to await
    if not isinstance(error, TemporaryError):
        return False
    if error.repeats is not None and run.run_count > error.repeats:
        return False
    seconds = error.origin.retry_after or 0.0
    if seconds > LONGEST_RETRY_AFTER_SECONDS:
        return False
    if seconds:
        get_run_logger().info("Azure throttled this request; retrying in %.0f s", seconds)
        pause(seconds)
    return True


RETRY_TEMPORARY: Final[dict[str, Any]] = {
    "retries": len(DELAYS_SECONDS),
    "retry_delay_seconds": list(DELAYS_SECONDS),
    "retry_jitter_factor": JITTER,
    "retry_condition_fn": is_temporary,
}
RETRY_PATIENTLY: Final[dict[str, Any]] = {
    **RETRY_TEMPORARY,
    "retries": len(PATIENT_DELAYS_SECONDS),
    "retry_delay_seconds": list(PATIENT_DELAYS_SECONDS),
}
