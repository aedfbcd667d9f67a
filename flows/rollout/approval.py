"""Manual approval of a rollout's next stage."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run
from prefect.runtime import flow_run
from prefect.states import Running

from flows.common.approval import LOOK_SECONDS, Decision
from tasks.domain.errors import Conflict, WaitTimedOut


def require_approval(question: str, key: str, seconds: int, what: str) -> str:
    """Pause the run until somebody approves `what`, and return who did.

    The run keeps its worker: nobody would roll back a suspended run whose time is over.

    Args:
        question: Markdown, shown with the form.
        key: The same for the same question.
        seconds: The time limit.
        what: What the approval is for, in words.

    Raises:
        Conflict: When somebody refused.
        WaitTimedOut: When nobody answered in time.
    """
    form = Decision.with_initial_data(description=question)
    try:
        decision = pause_flow_run(wait_for_input=form, timeout=seconds, poll_interval=LOOK_SECONDS, key=key)
    except FlowPauseTimeout as error:
        _go_on()
        raise WaitTimedOut(f"nobody answered within {seconds // 60} minutes", "Run the rollout again.") from error
    if not decision.approve:
        raise Conflict(f"{decision.decided_by} refused {what}")
    return decision.decided_by


def _go_on() -> None:
    """Take the run out of its pause, which is over, so that it can end with a reason of its own."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(flow_run.id, Running(), force=True)
