"""Create the online deployment in the managed network."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.online_deployment import Assets, OnlineDeployment, OnlineDeploymentSpec
from tasks.domain.common.target import AzureTarget
from tasks.lifecycle.inputs.identity import require_roles
from tasks.runtime.azure import opened
from tasks.runtime.results import CACHED_BY_FILE


@task(task_run_name="create online deployment {spec.name}", **CACHED_BY_FILE)
def create_online_deployment(
    target: AzureTarget, endpoint: Endpoint, spec: OnlineDeploymentSpec, assets: Assets
) -> OnlineDeployment:
    """Create or update the online deployment and wait until its instances run.

    Requires a provisioned managed network, and the roles of the endpoint's user-assigned identities. A failure includes
    the last lines of the failed container's log.

    Safe to run again: it first reads the deployment, waits for an operation in progress, and leaves a deployment that
    matches the spec unchanged.
    """
    with opened(target) as azure:
        require_roles(azure, target, endpoint, spec)
        made = azure.online_deployments.create_or_update(endpoint.name, spec, assets)
    get_run_logger().info(
        "Online deployment %s: %s, %d × %s", made.name, made.provisioning_state, made.instance_count, made.instance_type
    )
    return made
