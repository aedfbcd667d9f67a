"""A person's approval of a plan, before anything that can't be undone."""

from typing import Annotated, Final

from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run, suspend_flow_run
from prefect.input import RunInput
from prefect.logging import get_run_logger
from prefect.runtime import deployment
from pydantic import Field

from tasks.domain.approval import Proposal
from tasks.domain.errors import WaitTimedOut

LOOK_SECONDS: Final = 2  # how often a run that has no deployment looks for the answer
Minutes = Annotated[int, Field(ge=1, le=10_080)]


class Decision(RunInput):
    """What the person who was asked says."""

    approve: bool = Field(
        default=False, title="Approve", description="On: make exactly these changes. Off: change nothing."
    )
    decided_by: str = Field(min_length=1, max_length=100, title="Decided by", description="Your name, for the report.")


def decision_on(proposal: Proposal, minutes: float) -> Decision:
    """Ask a person. The answer is bound to this very proposal: another one asks anew.

    A run of a Prefect deployment is suspended, which frees its worker; any other run waits where it is.

    Raises:
        WaitTimedOut: When nobody answered in time.
    """
    get_run_logger().info("Waiting up to %.0f minutes for a person: %s", minutes, proposal.summary)
    form = Decision.with_initial_data(description=proposal.markdown)
    seconds = int(minutes * 60)
    if deployment.id:
        return suspend_flow_run(wait_for_input=form, timeout=seconds, key=proposal.key)
    try:
        return pause_flow_run(wait_for_input=form, timeout=seconds, poll_interval=LOOK_SECONDS, key=proposal.key)
    except FlowPauseTimeout as error:
        raise WaitTimedOut(
            f"nobody answered within {minutes:.0f} minutes, so nothing was changed; planned was: {proposal.summary}",
            "Run it again: it plans anew.",
        ) from error
