"""Delete messages whose events Prefect has, and set those aside that nobody can read."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.target import AzureTarget
from tasks.domain.events.intake import must_go
from tasks.domain.events.queue_message import QueuePlace, ReadMessage
from tasks.runtime.azure import opened
from tasks.runtime.results import LOOK_AGAIN


@task(task_run_name="settle events of {place.name}", **LOOK_AGAIN)
def settle_events(target: AzureTarget, place: QueuePlace, read: Sequence[ReadMessage], tries: int) -> None:
    """Delete what was read whole; what can't be read is moved away at its last try, and left to come again before.

    Safe to run again: a message that is gone already, or was taken by somebody else since, is left alone. Those that
    were read go first: where nothing may be set aside, the rest need not come again for it.

    Raises:
        AccessDenied: When the identity may not delete messages, or not write the queue for what can't be read.
    """
    with opened(target) as azure:
        for one in read:
            if not one.wrong:
                azure.queues.delete(place, one.message)
        for one in read:
            if must_go(one, tries):
                azure.queues.set_aside(place, one.message)
                get_run_logger().warning("message %s is set aside in %s: %s", one.message.id, place.poison, one.wrong)
