"""Check whether a newer version of the model makes a rollout unnecessary."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.model import DeployedModel
from tasks.domain.common.naming import EndpointName
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.plan import serving
from tasks.domain.rollout.revision import Revision, superseded_by
from tasks.rollout.probing import endpoint_of
from tasks.runtime.azure import opened
from tasks.runtime.flow_runs import concurrent_rollouts
from tasks.runtime.results import UNCACHED


@task(task_run_name="find newer versions for {endpoint}", **UNCACHED)
def find_newer(target: AzureTarget, endpoint: EndpointName, revision: Revision) -> str:
    """Return a sentence on why the revision is superseded, or an empty string; only reads.

    Raises:
        EndpointOpsError: When the endpoint does not exist or has no online deployment with traffic.
    """
    requested = DeployedModel.parse(revision.model_id(target.workspace_id)) if revision.kind == "model" else None
    if requested is None or revision.versions == "any":
        return ""
    with opened(target) as azure:
        shown = endpoint_of(azure, endpoint)
        live = azure.online_deployments.get(endpoint, serving(endpoint, shown.traffic))
    reason = superseded_by(
        requested, DeployedModel.parse(live.model_id) if live else None, concurrent_rollouts(target, endpoint)
    )
    if reason:
        get_run_logger().info("%s is not rolled out: %s", requested, reason)
    return reason
