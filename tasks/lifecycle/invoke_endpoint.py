"""Score a sample request from inside the network."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.scoring import ScoringAnswer, failure_of_answer
from tasks.domain.azure.traffic import share_of
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="invoke endpoint {endpoint.name}", **UNCACHED)
def invoke_endpoint(
    target: AzureTarget, endpoint: Endpoint, sample_request: str, online_deployment: str
) -> ScoringAnswer:
    """Send the sample request as callers do, and return the model's answer.

    The endpoint's traffic map selects the online deployment; one without traffic is called by name. Safe to run again:
    scoring changes nothing.

    Raises:
        EndpointOpsError: When the endpoint's answer is an error.
    """
    named = None if share_of(endpoint.traffic, online_deployment) else online_deployment
    with opened(target) as azure:
        request = azure.scoring.load_request(sample_request)
        answer = azure.scoring.score(endpoint, request, online_deployment=named)
    if failure := failure_of_answer(endpoint, answer):
        raise failure
    get_run_logger().info(
        "HTTP %d in %.0f ms from %s: %s",
        answer.status,
        answer.latency_seconds * 1000,
        answer.deployment or endpoint.name,
        answer.body[:200],
    )
    return answer
