"""Confirm a verified promotion whose run has ended before its rollout record was removed."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.clients.connect import Azure
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.traffic import share_of
from tasks.domain.common.errors import NotReady, WaitTimedOut
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.rollout.probing import endpoint_of, probe, require_answers, texts_of
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="confirm {rollout.color}", **UNCACHED)
def confirm_promotion(target: AzureTarget, rollout: Rollout, requests: RolloutRequests) -> str:
    """Return the reason to roll back the promotion, or an empty string; only reads and scores.

    The reasons: the candidate no longer has all traffic, or it fails calls that the stable deployment answers. Requests
    that both fail do not count against the candidate. Without requests for the endpoint nothing is scored.

    Raises:
        InvalidSpec: When a request file is missing or not valid JSON.
    """
    with opened(target) as azure:
        endpoint, texts = endpoint_of(azure, rollout.endpoint), texts_of(azure, requests)
        if share_of(endpoint.traffic, rollout.color) != 100:
            return f"{rollout.color} was promoted, and no longer has all traffic"
        if not texts:
            return ""
        try:
            require_answers(azure, endpoint, rollout, texts)
        except (NotReady, WaitTimedOut) as error:
            if _would_answer(azure, endpoint, rollout.source, texts):
                return error.message
            get_run_logger().warning("%s; so does %s", error.message, rollout.source)
    return ""


def _would_answer(azure: Azure, endpoint: Endpoint, color: str, texts: tuple[str, ...]) -> bool:
    return all(probe(azure, endpoint, text, color).is_ok for text in texts)
