"""Manual approval of a rollout's next stage."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run
from prefect.runtime import flow_run
from prefect.states import Running

from flows.common.approval import POLL_SECONDS, Decision
from tasks.domain.common.errors import Conflict, WaitTimedOut


def require_approval(question: str, key: str, seconds: int, what: str) -> str:
    """Pause the run until somebody approves `what`, and return who did.

    The form shows the question, which is Markdown; equal questions have equal keys. The run is paused, and keeps its
    worker: nothing would roll back a suspended run whose time is over.

    Raises:
        Conflict: When it was rejected.
        WaitTimedOut: When no decision was made in time.
    """
    form = Decision.with_initial_data(description=question)
    try:
        decision = pause_flow_run(wait_for_input=form, timeout=seconds, poll_interval=POLL_SECONDS, key=key)
    except FlowPauseTimeout as error:
        with get_client(sync_client=True) as client:  # out of the pause, so that the run can end with its own reason
            client.set_flow_run_state(flow_run.id, Running(), force=True)
        raise WaitTimedOut(
            f"{what} was not approved within {seconds // 60} minutes", "Run the rollout again."
        ) from error
    if not decision.approve:
        raise Conflict(f"{decision.decided_by} rejected {what}")
    return decision.decided_by
