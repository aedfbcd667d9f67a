"""Mends an endpoint's root cause where that is safe: plan, approval by a person, application, verification."""

from typing import Annotated, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run, suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import deployment
from prefect.states import Completed
from pydantic import Field

from tasks.apply_remedy import apply_remedy
from tasks.domain.diagnoses import Samples, Wish
from tasks.domain.errors import WaitTimedOut
from tasks.domain.naming import EndpointName
from tasks.domain.remedy import RemedyPlan, RemedyReport, RemedyWish, applied, unchanged
from tasks.domain.remedy_text import message_of, plan_markdown, report_markdown
from tasks.domain.target import AzureTarget
from tasks.plan_remedy import plan_remedy
from tasks.publish_report import publish_report
from tasks.verify_remedy import verify_remedy

NO_SAMPLES: Final = Samples()
ROOT_CAUSE: Final = RemedyWish()
LOOK_SECONDS: Final = 2  # how often a run that has no deployment looks for the answer
Minutes = Annotated[int, Field(ge=1, le=10_080)]


class Decision(RunInput):
    """What the person who was asked says."""

    approve: bool = Field(default=False, description="On: make exactly these changes. Off: change nothing.")
    decided_by: str = Field(min_length=1, max_length=100, description="Your name, for the report.")


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name="remedy of {endpoint} @ {target.workspace}", result_serializer="json")
def endpoint_remedy(
    target: AzureTarget,
    endpoint: EndpointName,
    remedy: RemedyWish = ROOT_CAUSE,
    samples: Samples = NO_SAMPLES,
    approval_minutes: Minutes = 60,
) -> State[Any]:
    """Mend what keeps an endpoint from being healthy, after a person has approved the exact changes.

    Nothing is changed before the approval, nor after a refusal, nor when nobody answers in time; and nothing but the
    approved changes is made, and only while the resources are still as the plan found them. Safe to run again.

    Args:
        target: The workspace to work on.
        endpoint: The endpoint to mend.
        remedy: Which finding to remedy, and what is to be chosen for it. Empty: the root cause.
        samples: Sample requests to score with, so that what only a call shows is seen. They are stored openly.
        approval_minutes: How long the approval is waited for. The run fails after that.
    """
    wish = Wish(samples=samples)
    plan = plan_remedy(target, endpoint, wish, remedy)
    if not plan.changes:
        return _ended(unchanged(plan))
    decision = decision_on(plan, approval_minutes * 60)
    if not decision.approve:
        return _ended(unchanged(plan, refused_by=decision.decided_by))
    apply_remedy(target, plan)
    after = verify_remedy(target, endpoint, wish, plan.finding.code if plan.finding else "")
    return _ended(applied(plan, decision.decided_by, after))


def decision_on(plan: RemedyPlan, seconds: int) -> Decision:
    """Ask a person. The answer is bound to this plan's changes: another plan asks anew.

    A run of a Prefect deployment is suspended, which frees its worker; any other run waits where it is.

    Raises:
        WaitTimedOut: When nobody answered in time.
    """
    form = Decision.with_initial_data(description=plan_markdown(plan), approve=False)
    key = f"remedy-{plan.digest}"
    if deployment.id:
        return suspend_flow_run(wait_for_input=form, timeout=seconds, key=key)
    try:
        return pause_flow_run(wait_for_input=form, timeout=seconds, poll_interval=LOOK_SECONDS, key=key)
    except FlowPauseTimeout as error:
        raise WaitTimedOut(
            f"nobody answered within {seconds // 60} minutes, so nothing was changed; planned was: {plan.summary}",
            "Run the remedy again: it plans anew.",
        ) from error


def _ended(report: RemedyReport) -> State[Any]:
    message = message_of(report)
    publish_report(key=f"remedy-{report.plan.endpoint.lower()}", markdown=report_markdown(report), description=message)
    return Completed(message=message, data=report)
