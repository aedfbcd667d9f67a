"""Deploy the candidate of a rollout, without traffic."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.clients.connect import Azure
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import ROLLOUT_TAG, Rollout
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="deploy {rollout.color}", **UNCACHED)
def deploy_candidate(target: AzureTarget, rollout: Rollout, source: str, revision: Revision) -> OnlineDeployment:
    """Create the candidate and wait until its instances run.

    A leftover of an earlier rollout under its name, without traffic, is deleted first, so that nothing of it is reused.
    Safe to run again: waits for a deployment that this rollout has already created, and leaves it unchanged.

    Raises:
        RolloutLost: When the endpoint is no longer in this rollout: the deployment may belong to a later one.
    """
    with opened(target) as azure:
        azure.rollouts.require(rollout)
        _remove_leftover(azure, rollout)
        azure.rollouts.require(rollout)
        tags = {ROLLOUT_TAG: rollout.id}
        made = azure.replicas.make(rollout.endpoint, source, rollout.color, revision, tags)
    get_run_logger().info(
        "%s: %s, %d × %s, %s",
        made.name,
        made.provisioning_state,
        made.instance_count,
        made.instance_type,
        made.model_id.rpartition("/models/")[2] or "no model",
    )
    return made


def _remove_leftover(azure: Azure, rollout: Rollout) -> None:
    present = azure.online_deployments.get(rollout.endpoint, rollout.color)
    if present and present.tags.get(ROLLOUT_TAG) != rollout.id:
        get_run_logger().info("deleting the leftover deployment %s, which has no traffic", present.name)
        azure.online_deployments.delete(rollout.endpoint, rollout.color)
