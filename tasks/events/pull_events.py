"""Receive messages with events from a storage queue."""

from __future__ import annotations

from typing import Final

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.target import AzureTarget
from tasks.domain.events.queue_message import QueuePlace, ReadMessage, read_message
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED

HIDDEN_SECONDS: Final = 300


@task(task_run_name="pull events of {place.name}", **UNCACHED)
def pull_events(target: AzureTarget, place: QueuePlace) -> tuple[ReadMessage, ...]:
    """Receive the next messages, and parse them. They are hidden from other readers for five minutes.

    Safe to run again: received messages that are never settled become visible again.

    Raises:
        NotFound: When the queue does not exist.
        AccessDenied: When the identity may not read it.
    """
    with opened(target) as azure:
        taken = azure.queues.take(place, hidden_seconds=HIDDEN_SECONDS)
    read = tuple(read_message(one, target.workspace_id) for one in taken)
    for one in read:
        if one.wrong:
            get_run_logger().warning("message %s, attempt %d: %s", one.message.id, one.message.taken, one.wrong)
    return read
