"""Score with the candidate, bypassing the traffic map."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.scoring import ScoringAnswer, failure_of_answer
from tasks.domain.common.errors import NotReady
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.rollout.probing import endpoint_of, texts_of
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="smoke test of {rollout.color}", **UNCACHED)
def smoke_test(target: AzureTarget, rollout: Rollout, requests: RolloutRequests) -> tuple[ScoringAnswer, ...]:
    """Send each request to the candidate by its name; users are not affected.

    Safe to run again: scoring changes nothing.

    Raises:
        EndpointOpsError: When a call fails, or another deployment answers.
    """
    with opened(target) as azure:
        endpoint = endpoint_of(azure, rollout.endpoint)
        texts = texts_of(azure, requests)
        answers = [azure.scoring.score(endpoint, text, online_deployment=rollout.color) for text in texts]
    for answer in answers:
        if failure := failure_of_answer(endpoint, answer):
            raise failure
        _require_from(rollout.color, answer)
        get_run_logger().info("%s: %.0f ms: %s", rollout.color, answer.latency_seconds * 1000, answer.body[:200])
    return tuple(answers)


def _require_from(color: str, answer: ScoringAnswer) -> None:
    if answer.deployment and answer.deployment.lower() != color.lower():
        raise NotReady(
            f"{answer.deployment} answered a call to {color}",
            "Check whether a proxy between here and the endpoint drops the header azureml-model-deployment.",
        )
