"""Blue/green redeployment that is verified step by step, or rolled back."""

from typing import Annotated, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.rollout.page import publish_rollout
from flows.rollout.run_state import RolloutRequest, Run
from flows.rollout.runner import run_stages
from flows.rollout.stages import stages_of
from tasks.domain.common.naming import EndpointName
from tasks.domain.rollout.report import NotPromoted
from tasks.domain.rollout.report_page import message_of
from tasks.domain.rollout.requests import NO_REQUESTS, RolloutRequests
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.strategy import Strategy
from tasks.runtime.azure_workspace import AzureWorkspace

CURRENT_VERSION: Final = Revision()
CANARY: Final = Strategy()


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name="redeploy {endpoint} @ {target.workspace}", result_serializer="json")
def endpoint_redeploy(
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    endpoint: Annotated[EndpointName, Field(title="Endpoint")],
    requests: Annotated[RolloutRequests, Field(title="Requests")] = NO_REQUESTS,
    revision: Annotated[Revision, Field(title="What is new")] = CURRENT_VERSION,
    strategy: Annotated[Strategy, Field(title="Strategy")] = CANARY,
) -> State[Any]:
    """Deploy a candidate beside the stable color, shift the traffic to it in steps, and roll back if it fails.

    The candidate gets live traffic only after it has answered calls by name. The previous traffic is recorded in the
    endpoint's tags until the end. The run completes if the candidate answers all traffic (shadow_only: the mirrored
    traffic), or if a newer version supersedes it; it fails if nothing was changed or the rollout was rolled back, and
    its message says why. Safe to run again: a retry, or any later run, first rolls back what a killed run began. What
    that run had promoted is scored again, and stays if it answers; a retry then finishes that rollout.

    Args:
        target: The workspace of the endpoint.
        endpoint: The endpoint to redeploy.
        requests: The scoring requests to verify the candidate with. Without one for the endpoint, nothing is changed.
        revision: The new model version or online deployment file; or a redeployment of the current version.
        strategy: The traffic steps, and the limits that the candidate must keep.
    """
    request = RolloutRequest(target.as_target(), endpoint, requests.of(endpoint), revision, strategy)
    report = run_stages(Run(request), stages_of(request))
    publish_rollout(report)
    message = message_of(report)
    if report.outcome in {"promoted", "shadowed", "superseded"}:
        return Completed(message=message, data=report)
    name = "Stuck" if report.outcome == "stuck" else "Failed"
    return Failed(name=name, message=message, data=NotPromoted(message, report))
