"""Delete messages whose events Prefect has, and move unreadable ones to the poison queue."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.target import AzureTarget
from tasks.domain.events.intake import is_exhausted
from tasks.domain.events.queue_message import QueuePlace, ReadMessage
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="settle events of {place.name}", **UNCACHED)
def settle_events(target: AzureTarget, place: QueuePlace, read: Sequence[ReadMessage], tries: int) -> None:
    """Delete the readable messages; move an unreadable one to the poison queue at its last attempt.

    Safe to run again: a message that is already deleted, or was received by another reader since, stays untouched.
    Readable messages are deleted first, so that they don't return when the poison queue can't be written.

    Raises:
        AccessDenied: When the identity may not delete messages, or not write to the poison queue.
    """
    with opened(target) as azure:
        for one in read:
            if not one.wrong:
                azure.queues.delete(place, one.message)
        for one in read:
            if is_exhausted(one, tries):
                azure.queues.set_aside(place, one.message)
                get_run_logger().warning("message %s moved to %s: %s", one.message.id, place.poison, one.wrong)
