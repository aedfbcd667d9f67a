"""Manual approval of a plan, before anything that can't be undone."""

import itertools
import os
from datetime import datetime, timedelta
from typing import Annotated, Final, cast

from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run, suspend_flow_run
from prefect.input import RunInput
from prefect.input.actions import create_flow_run_input, read_flow_run_input
from prefect.logging import get_run_logger
from prefect.runtime import deployment
from pydantic import Field

from tasks.domain.common.approval import Proposal
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import WaitTimedOut

UNATTENDED: Final = "ENDPOINT_OPS_UNATTENDED_TEARDOWN"
GOOD_FOR: Final = timedelta(hours=1)
POLL_SECONDS: Final = 2  # between two checks for the decision, in a run without a deployment
Minutes = Annotated[int, Field(ge=1, le=10_080)]


class Decision(RunInput):
    """The approver's decision."""

    approve: bool = Field(
        default=False, title="Approve", description="On: make exactly these changes. Off: change nothing."
    )
    decided_by: str = Field(min_length=1, max_length=100, title="Decided by", description="Your name, for the report.")


def is_unattended() -> bool:
    """Whether the machine that runs the flow may remove without asking: a setting of its operator, not of a form."""
    return os.environ.get(UNATTENDED, "").lower() in {"1", "true", "yes"}


def decision_on(proposal: Proposal, minutes: float, clock: Clock = SYSTEM) -> Decision:
    """Wait for the decision on this very proposal; another one needs a decision of its own.

    A run of a Prefect deployment is suspended, which frees its worker; any other run is paused. A decision is good for
    an hour: a later retry of the run asks again.

    Raises:
        WaitTimedOut: When no decision was made in time.
    """
    key = open_question(proposal, clock)
    get_run_logger().info("Waiting up to %.0f minutes for manual approval: %s", minutes, proposal.summary)
    decision = _asked(proposal, key, minutes)
    note_answer(key, clock)
    return decision


def open_question(proposal: Proposal, clock: Clock) -> str:
    """Return the key of a question of this run that is open, or was answered within the hour."""
    for number in itertools.count():
        candidate = f"{proposal.key}-{number}" if number else proposal.key
        answered = cast("str | None", read_flow_run_input(_answered(candidate)))  # its type counts the async form in
        if answered is None or clock.now() - datetime.fromisoformat(answered) < GOOD_FOR:
            return candidate
    raise AssertionError  # the count has no end


def note_answer(key: str, clock: Clock) -> None:
    """Keep when a question was answered first: Prefect keeps only the answer."""
    if read_flow_run_input(_answered(key)) is None:
        create_flow_run_input(_answered(key), clock.now().isoformat())


def _answered(key: str) -> str:
    return f"{key}-answered"


def _asked(proposal: Proposal, key: str, minutes: float) -> Decision:
    form = Decision.with_initial_data(description=proposal.markdown)
    seconds = int(minutes * 60)
    if deployment.id:
        return suspend_flow_run(wait_for_input=form, timeout=seconds, key=key)
    try:
        return pause_flow_run(wait_for_input=form, timeout=seconds, poll_interval=POLL_SECONDS, key=key)
    except FlowPauseTimeout as error:
        raise WaitTimedOut(
            f"no decision within {minutes:.0f} minutes, so nothing was changed. The plan was: {proposal.summary}",
            "Run the flow again: it makes a new plan.",
        ) from error
