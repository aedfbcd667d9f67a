"""Fixes the root cause of an unhealthy endpoint where that is safe: plan, manual approval, changes, verification."""

from typing import Annotated, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from flows.common.approval import Minutes, decision_on
from flows.common.cancellation import warn_if_cancelled
from tasks.checks.engine.remedying import RemedyChoice
from tasks.domain.common.naming import EndpointName
from tasks.domain.diagnostics.results import DiagnosisRequest, Samples
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
    "The run was cancelled while it made the changes; some of them may be done. Run the remedy again: it makes a new "
    "plan from the current state."
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
    """Fix the root cause of an unhealthy endpoint, after manual approval of the exact changes.

    Nothing is changed before the approval, after a rejection, or without a decision in time. Only the approved changes
    are made, and only if the resources are still as the plan found them. Safe to run again.

    Args:
        target: The workspace of the endpoint.
        endpoint: The endpoint to fix.
        remedy: The finding to fix, and the choices that its remedy needs. Empty: the root cause.
        samples: Sample requests to score with: some faults show only in calls. They are stored in plain text.
        approval_minutes: Time limit of the approval. The run fails after that.
    """
    place, spec = target.as_target(), DiagnosisRequest(samples=samples)
    plan = plan_remedy(place, endpoint, spec, remedy)
    if not plan.changes:
        return _ended(unchanged(plan))
    decision = decision_on(proposal_of(plan), approval_minutes)
    if not decision.approve:
        return _ended(unchanged(plan, refused_by=decision.decided_by))
    with warn_if_cancelled(_CANCELLED, lambda message: _publish(unchanged(plan), message)):
        apply_remedy(place, plan)
    after = verify_remedy(place, endpoint, spec, plan.finding.code if plan.finding else "")
    return _ended(applied(plan, decision.decided_by, after))


def _ended(report: RemedyReport) -> State[Any]:
    message = message_of(report)
    _publish(report, message)
    return Completed(message=message, data=report)


def _publish(report: RemedyReport, message: str) -> None:
    publish_report(key=f"remedy-{report.plan.endpoint.lower()}", markdown=report_markdown(report), description=message)
