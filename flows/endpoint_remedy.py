"""Mends an endpoint's root cause where that is safe: plan, approval by a person, application, verification."""

from typing import Annotated, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from flows.approval import Minutes, decision_on
from flows.cancelling import told_if_cancelled
from tasks.checks.engine.remedying import RemedyChoice
from tasks.domain.common.naming import EndpointName
from tasks.domain.diagnostics.results import Samples, Wish
from tasks.domain.remedy.plan import RemedyReport, applied, unchanged
from tasks.domain.remedy.text import message_of, proposal_of, report_markdown
from tasks.remedy.apply_remedy import apply_remedy
from tasks.remedy.plan_remedy import plan_remedy
from tasks.remedy.verify_remedy import verify_remedy
from tasks.runtime.azure_workspace import AzureWorkspace
from tasks.runtime.publish_report import publish_report

NO_SAMPLES: Final = Samples()
ROOT_CAUSE: Final = RemedyChoice()
_CANCELLED: Final = (
    "The run was cancelled while it made the changes: some of them may be made. Run the remedy again: it plans anew, "
    "from what is there."
)


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name="remedy {endpoint} @ {target.workspace}", result_serializer="json")
def endpoint_remedy(
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    endpoint: Annotated[EndpointName, Field(title="Endpoint")],
    remedy: Annotated[RemedyChoice, Field(title="Remedy")] = ROOT_CAUSE,
    samples: Annotated[Samples, Field(title="Sample requests")] = NO_SAMPLES,
    approval_minutes: Annotated[Minutes, Field(title="Minutes to approve")] = 60,
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
    place, wish = target.as_target(), Wish(samples=samples)
    plan = plan_remedy(place, endpoint, wish, remedy)
    if not plan.changes:
        return _ended(unchanged(plan))
    decision = decision_on(proposal_of(plan), approval_minutes)
    if not decision.approve:
        return _ended(unchanged(plan, refused_by=decision.decided_by))
    with told_if_cancelled(_CANCELLED, lambda told: _publish(unchanged(plan), told)):
        apply_remedy(place, plan)
    after = verify_remedy(place, endpoint, wish, plan.finding.code if plan.finding else "")
    return _ended(applied(plan, decision.decided_by, after))


def _ended(report: RemedyReport) -> State[Any]:
    message = message_of(report)
    _publish(report, message)
    return Completed(message=message, data=report)


def _publish(report: RemedyReport, message: str) -> None:
    publish_report(key=f"remedy-{report.plan.endpoint.lower()}", markdown=report_markdown(report), description=message)
