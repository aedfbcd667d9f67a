"""Take a rollout back: the traffic goes where it went before, and that is verified."""

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
from tasks.rollout.probing import settled_routing, texts_of
from tasks.runtime.azure import opened
from tasks.runtime.results import LOOK_AGAIN_PATIENTLY


@task(task_run_name="take back {rollout.color}", **LOOK_AGAIN_PATIENTLY)
def roll_back(target: AzureTarget, rollout: Rollout, requests: RolloutRequests, *, failed: bool) -> str:
    """Put the saved traffic back, read it back, and score until only its online deployments answer.

    Where somebody else has taken the color out of the traffic already, theirs stays.
    What they answer is told, and is no reason to fail: they may be what the rollout was to mend. Safe to run again:
    equal traffic is left alone, and the way back stays noted until `end_rollout`.

    Args:
        target: The workspace.
        rollout: The rollout.
        requests: What to score with.
        failed: Whether its color did; else the run was only ended, and a promotion that came through stays.

    Returns:
        What was seen, in a sentence.

    Raises:
        RolloutLost: When another rollout has begun since, or this one was promoted.
    """
    with opened(target) as azure:
        endpoint = azure.rollouts.put_back(rollout, failed=failed)
        answers = settled_routing(azure, endpoint, _texts(azure, requests))
    told = f"{_traffic_told(endpoint, rollout)}; {_told(answers)}."
    get_run_logger().info(told)
    return told


def _texts(azure: Azure, requests: RolloutRequests) -> tuple[str, ...]:
    """Any call shows who answers: a file that is gone must not keep the traffic where it is."""
    try:
        return texts_of(azure, requests)
    except InvalidSpec as error:
        get_run_logger().warning("scoring with an empty request instead: %s", error.message)
        return ("{}",)


def _traffic_told(endpoint: Endpoint, rollout: Rollout) -> str:
    shares = shares_text(endpoint.traffic)
    if same_shares(endpoint.traffic, rollout.live):
        return f"The traffic is as before, {shares}"
    return f"Somebody else had taken {rollout.color} out of the traffic, which stays as they set it, {shares}"


def _told(answers: tuple[ScoringAnswer, ...]) -> str:
    counts = Counter(f"{one.deployment or 'nobody'} {one.outcome}" for one in answers)
    return f"{len(answers)} calls brought " + ", ".join(f"{count} × {what}" for what, count in counts.items())
