"""Prove that the endpoint can be called only from inside the network."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.networking.isolation import IsolationProof, failure_of_proof
from tasks.domain.azure.networking.isolation import prove_isolation as judge
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.common.target import AzureTarget
from tasks.domain.lifecycle.report import proof_markdown
from tasks.runtime.artifacts import publish_markdown
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="prove isolation of {endpoint.name}", **UNCACHED)
def prove_isolation(
    target: AzureTarget, endpoint: Endpoint, inside: ScoringAnswer, sample_request: str
) -> IsolationProof:
    """Score from the internet too, and publish the result as a dated artifact.

    Safe to run again: it changes nothing in Azure, and each run publishes a new artifact version.

    Raises:
        EndpointOpsError: When the endpoint is not isolated, or isolation could not be checked.
    """
    with opened(target) as azure:
        outside = azure.scoring.call_from_internet(endpoint, azure.scoring.load_request(sample_request))
    proof = judge(endpoint, datetime.now(UTC), inside, outside)
    publish_markdown(
        key=f"isolation-proof-{endpoint.name.lower()}",
        markdown=proof_markdown(proof),
        description=f"Isolation of {endpoint.name}: {proof.verdict.upper()}",
    )
    if failure := failure_of_proof(proof):
        raise failure
    get_run_logger().info("Isolation of %s: %s. %s", endpoint.name, proof.verdict.upper(), proof.outside.reason)
    return proof
