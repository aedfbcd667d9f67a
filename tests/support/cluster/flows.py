"""A flow that waits for a person, as the destructive flows do before they act."""

from __future__ import annotations

from prefect import flow
from prefect.flow_runs import suspend_flow_run


@flow
def waits_for_approval() -> None:
    """Suspend: the process ends, and with it the heartbeats."""
    suspend_flow_run(timeout=3600)
