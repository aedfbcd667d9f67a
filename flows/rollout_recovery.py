"""Brings endpoints into a whole state whose rollout was left half-way: by a run that was killed, or ended too soon."""

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.rollout.page import publish_rollout
from flows.rollout.recovery import recovery_of
from flows.rollout.run_state import RolloutRequest, Run
from flows.rollout.runner import run_stages
from tasks.azure_workspace import AzureWorkspace
from tasks.domain.forms import OrEmpty
from tasks.domain.naming import EndpointName
from tasks.domain.revision import Revision
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_plan import CLEAR_UNKNOWN, unknown_text
from tasks.domain.rollout_report import RolloutReport
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.rollout_text import message_of
from tasks.domain.strategy import Strategy
from tasks.domain.target import AzureTarget
from tasks.find_left_rollouts import find_left_rollouts


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name="recover rollouts @ {target.workspace}", result_serializer="json")
def rollout_recovery(
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    requests: Annotated[RolloutRequests, Field(title="Requests")],
    endpoint: Annotated[EndpointName | None, OrEmpty(), Field(title="Endpoint")] = None,
) -> State[Any]:
    """Put the traffic back that a rollout has left half-way, as the endpoint's tags say it was before.

    Only rollouts whose run is over are touched: one that was killed, or was cancelled and had no time to take itself
    back. What such a run had promoted and verified stays, if it still answers. Completes when every endpoint is in a
    whole state, also when there was nothing to do; fails with what a person has to do. Safe to run again, and beside
    a retry of the run that left it. Rollouts of whose runs Prefect knows nothing are left alone, and told.

    Args:
        target: The workspace whose endpoints are looked at.
        requests: What to score with, to see who answers.
        endpoint: Only this one. Empty: every endpoint of the workspace.
    """
    place = target.as_target()
    left = find_left_rollouts(place, endpoint)
    reports = [_recovered(place, one, requests) for one in left.rollouts]
    unknown = [f"Left alone: {unknown_text(one)}. {CLEAR_UNKNOWN}" for one in left.unknown]
    told = [*left.unreadable, *unknown, *(message_of(one) for one in reports)]
    message = " ".join(told) or "No rollout was left half-way."
    if left.unreadable or any(one.outcome == "stuck" for one in reports):
        return Failed(message=message)
    return Completed(message=message, data=reports)


def _recovered(place: AzureTarget, abandoned: Rollout, requests: RolloutRequests) -> RolloutReport:
    request = RolloutRequest(place, abandoned.endpoint, requests, Revision(), Strategy())
    run = Run(request, title=f"what flow run {abandoned.run} began")
    report = run_stages(run, recovery_of(abandoned))
    publish_rollout(report)
    return report
