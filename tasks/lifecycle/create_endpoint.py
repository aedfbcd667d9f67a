"""Create the managed online endpoint with public network access disabled."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.endpoint import Endpoint, EndpointSpec
from tasks.domain.azure.workspace import Workspace
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import CACHED_BY_FILE


@task(task_run_name="create endpoint {spec.name}", **CACHED_BY_FILE)
def create_endpoint(target: AzureTarget, workspace: Workspace, spec: EndpointSpec) -> Endpoint:
    """Create or update the endpoint and wait until it settles.

    Safe to run again: it first reads the endpoint, waits for an operation in progress, leaves an endpoint that matches
    the spec unchanged, and preserves live and mirror traffic otherwise.
    """
    del workspace  # part of the cache key: a recreated workspace has another endpoint
    with opened(target) as azure:
        endpoint = azure.endpoints.create_or_update(spec)
    get_run_logger().info(
        "Endpoint %s: %s, public network access %s", endpoint.name, endpoint.scoring_uri, endpoint.public_network_access
    )
    return endpoint
