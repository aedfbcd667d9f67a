"""Roll back a rollout: restore the previous traffic, and verify it."""

from __future__ import annotations

from collections import Counter

from prefect import task
from prefect.logging import get_run_logger

from tasks.clients.connect import Azure
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.azure.traffic import same_shares
from tasks.domain.common.errors import InvalidSpec
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.report_page import shares_text
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.rollout.probing import texts_of, wait_for_routing
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED_PATIENT


@task(task_run_name="roll back {rollout.color}", **UNCACHED_PATIENT)
def roll_back(target: AzureTarget, rollout: Rollout, requests: RolloutRequests, *, failed: bool) -> str:
    """Restore the recorded traffic, read it back, and score until only its online deployments answer.

    If another client has already removed the candidate from the traffic, that traffic stays. Failed answers are
    reported, but do not fail the rollback: the rollout may have been meant to fix them. Safe to run again: equal
    traffic stays unchanged, and the rollout record stays until `end_rollout`.

    Args:
        target: The workspace.
        rollout: The rollout.
        requests: The requests to score with.
        failed: True when the candidate failed; False when the run just ended, so that a completed promotion stays.

    Returns:
        The result in a sentence.

    Raises:
        RolloutLost: When another rollout has begun, or this one was promoted.
    """
    with opened(target) as azure:
        endpoint = azure.rollouts.restore_traffic(rollout, failed=failed)
        answers = wait_for_routing(azure, endpoint, _texts(azure, requests))
    summary = f"{_traffic_summary(endpoint, rollout)}; {_told(answers)}."
    get_run_logger().info(summary)
    return summary


def _texts(azure: Azure, requests: RolloutRequests) -> tuple[str, ...]:
    """Return the requests; any request shows who answers, so a missing file must not prevent the rollback."""
    try:
        return texts_of(azure, requests)
    except InvalidSpec as error:
        get_run_logger().warning("scoring with an empty request instead: %s", error.message)
        return ("{}",)


def _traffic_summary(endpoint: Endpoint, rollout: Rollout) -> str:
    shares = shares_text(endpoint.traffic)
    if same_shares(endpoint.traffic, rollout.live):
        return f"The previous traffic is restored, {shares}"
    return f"Another client had already removed {rollout.color} from the traffic, which stays unchanged, {shares}"


def _told(answers: tuple[ScoringAnswer, ...]) -> str:
    counts = Counter(f"{one.deployment or 'unknown'} {one.outcome}" for one in answers)
    return f"{len(answers)} calls returned " + ", ".join(f"{count} × {what}" for what, count in counts.items())
