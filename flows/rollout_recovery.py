"""Recovers abandoned rollouts, whose run was killed or ended before it could complete or roll back."""

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.rollout.page import publish_rollout
from flows.rollout.recovery import recovery_of
from flows.rollout.run_state import RolloutRequest, Run
from flows.rollout.runner import run_stages
from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.plan import CLEAR_UNKNOWN_RECORD, unknown_text
from tasks.domain.rollout.report import RolloutReport
from tasks.domain.rollout.report_page import message_of
from tasks.domain.rollout.requests import NO_REQUESTS, RolloutRequests
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.strategy import Strategy
from tasks.rollout.find_abandoned_rollouts import find_abandoned_rollouts
from tasks.runtime.azure_workspace import AzureWorkspace


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name="recover rollouts @ {target.workspace}", result_serializer="json")
def rollout_recovery(
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    requests: Annotated[RolloutRequests, Field(title="Requests")] = NO_REQUESTS,
    endpoint: Annotated[EndpointName | None, OrEmpty(), Field(title="Endpoint")] = None,
) -> State[Any]:
    """Roll back abandoned rollouts to the traffic that the endpoint's tags have recorded.

    Abandoned means that the run has ended: it was killed, or cancelled without time to roll back. What it had promoted
    and verified stays, if it still answers. Completes if every endpoint is in a consistent state, also if there was
    nothing to do; fails with the manual steps that are needed. Safe to run again, and in parallel with a retry of the
    run. Rollouts whose run is unknown to Prefect are reported, and not changed.

    Args:
        target: The workspace of the endpoints.
        requests: The scoring requests to verify a promotion with. Without one for its endpoint, it stays.
        endpoint: Only this one. Empty: every endpoint of the workspace.
    """
    place = target.as_target()
    found = find_abandoned_rollouts(place, endpoint)
    reports = [_recovered(place, one, requests) for one in found.rollouts]
    unknown = [f"Not changed: {unknown_text(one)}. {CLEAR_UNKNOWN_RECORD}" for one in found.unknown]
    lines = [*found.unreadable, *unknown, *(message_of(one) for one in reports)]
    message = " ".join(lines) or "No abandoned rollout was found."
    if found.unreadable or any(one.outcome == "stuck" for one in reports):
        return Failed(message=message)
    return Completed(message=message, data=reports)


def _recovered(place: AzureTarget, abandoned: Rollout, requests: RolloutRequests) -> RolloutReport:
    request = RolloutRequest(place, abandoned.endpoint, requests.of(abandoned.endpoint), Revision(), Strategy())
    run = Run(request, title=f"rollout of flow run {abandoned.run}")
    report = run_stages(run, recovery_of(abandoned))
    publish_rollout(report)
    return report
