"""Manual approval of a plan, before anything that can't be undone."""

from typing import Annotated, Final

from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run, suspend_flow_run
from prefect.input import RunInput
from prefect.logging import get_run_logger
from prefect.runtime import deployment
from pydantic import Field

from tasks.domain.common.approval import Proposal
from tasks.domain.common.errors import WaitTimedOut

POLL_SECONDS: Final = 2  # between two checks for the decision, in a run without a deployment
Minutes = Annotated[int, Field(ge=1, le=10_080)]


class Decision(RunInput):
    """The approver's decision."""

    approve: bool = Field(
        default=False, title="Approve", description="On: make exactly these changes. Off: change nothing."
    )
    decided_by: str = Field(min_length=1, max_length=100, title="Decided by", description="Your name, for the report.")


def decision_on(proposal: Proposal, minutes: float) -> Decision:
    """Wait for the decision on this very proposal; another one needs a decision of its own.

    A run of a Prefect deployment is suspended, which frees its worker; any other run is paused.

    Raises:
        WaitTimedOut: When no decision was made in time.
    """
    get_run_logger().info("Waiting up to %.0f minutes for manual approval: %s", minutes, proposal.summary)
    form = Decision.with_initial_data(description=proposal.markdown)
    seconds = int(minutes * 60)
    if deployment.id:
        return suspend_flow_run(wait_for_input=form, timeout=seconds, key=proposal.key)
    try:
        return pause_flow_run(wait_for_input=form, timeout=seconds, poll_interval=POLL_SECONDS, key=proposal.key)
    except FlowPauseTimeout as error:
        raise WaitTimedOut(
            f"no decision within {minutes:.0f} minutes, so nothing was changed. The plan was: {proposal.summary}",
            "Run the flow again: it makes a new plan.",
        ) from error
