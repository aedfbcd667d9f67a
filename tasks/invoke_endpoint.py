"""Score a sample request from inside the network."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.clients.connect import connect
from tasks.domain.endpoint import Endpoint
from tasks.domain.scoring import ScoringAnswer
from tasks.domain.target import AzureTarget
from tasks.domain.verdicts import failure_of_answer
from tasks.progress import to_log
from tasks.results import LOOK_AGAIN


@task(task_run_name="invoke endpoint {endpoint.name}", **LOOK_AGAIN)
def invoke_endpoint(target: AzureTarget, endpoint: Endpoint, sample_request: str) -> ScoringAnswer:
    """Send the sample request, routed by the endpoint's traffic, and return the model's answer.

    Safe to run again: scoring changes nothing.

    Raises:
        EndpointOpsError: When the endpoint answers with anything but success.
    """
    with connect(target, progress=to_log()) as azure:
        answer = azure.scoring.score(endpoint, azure.scoring.load_request(sample_request))
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
