"""Blue/green redeployment that proves itself or takes itself back."""

from typing import Annotated, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.rollout.page import publish_rollout
from flows.rollout.run_state import RolloutRequest, Run
from flows.rollout.runner import run_stages
from flows.rollout.stages import stages_of
from tasks.azure_workspace import AzureWorkspace
from tasks.domain.naming import EndpointName
from tasks.domain.revision import Revision
from tasks.domain.rollout_report import NotPromoted, Outcome
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.rollout_text import message_of
from tasks.domain.strategy import Strategy

SAME_AGAIN: Final = Revision()
CANARY: Final = Strategy()
FINE: Final[tuple[Outcome, ...]] = ("promoted", "shadowed", "superseded")


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name="redeploy {endpoint} @ {target.workspace}", result_serializer="json")
def endpoint_redeploy(
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    endpoint: Annotated[EndpointName, Field(title="Endpoint")],
    requests: Annotated[RolloutRequests, Field(title="Requests")],
    revision: Annotated[Revision, Field(title="What is new")] = SAME_AGAIN,
    strategy: Annotated[Strategy, Field(title="Strategy")] = CANARY,
) -> State[Any]:
    """Roll out what is new beside what serves now, give it the traffic in steps, and take it back if it fails.

    Users meet it only after it has answered by name without traffic. The live traffic as it was is noted in the
    endpoint's tags until the end. The run completes when all traffic is answered by the new online deployment, when
    its copies of the traffic were (shadow_only), or when a newer version makes it needless; it fails when nothing was
    changed or all was put back. Its message says why. Safe to run again: a retry of a run that was killed, or any next
    run, takes back what that run began, then begins anew. What that run had promoted already, while the old color was
    kept for a while, is scored again and stays if it answers; the retry then finishes that one instead.

    Args:
        target: The workspace to work on.
        endpoint: The endpoint to redeploy.
        requests: What to score with on the way.
        revision: What is new: a model version, an online deployment's file, or the same again.
        strategy: How the traffic goes over.
    """
    request = RolloutRequest(target.as_target(), endpoint, requests, revision, strategy)
    report = run_stages(Run(request), stages_of(request))
    publish_rollout(report)
    message = message_of(report)
    if report.outcome in FINE:
        return Completed(message=message, data=report)
    name = "Stuck" if report.outcome == "stuck" else "Failed"
    return Failed(name=name, message=message, data=NotPromoted(message, report))
