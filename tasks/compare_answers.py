"""Compare what both colors answer to the golden requests, before any user meets the next one."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.azure import opened
from tasks.clients.connect import Azure
from tasks.domain.analysis import is_slower
from tasks.domain.endpoint import Endpoint
from tasks.domain.errors import NotReady
from tasks.domain.measured import percentile
from tasks.domain.parity import differences
from tasks.domain.rollout import Rollout
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.scoring import ScoringAnswer
from tasks.domain.strategy import Strategy
from tasks.domain.target import AzureTarget
from tasks.probing import asked, endpoint_of
from tasks.results import LOOK_AGAIN


@task(task_run_name="compare answers of {rollout.color}", **LOOK_AGAIN)
def compare_answers(target: AzureTarget, rollout: Rollout, requests: RolloutRequests, strategy: Strategy) -> None:
    """Send each golden request to both colors by name, and compare the answers and how long they took.

    What the old color itself fails to answer is no measure, and is left out. Safe to run again: scoring changes
    nothing.

    Raises:
        NotReady: With the first differences.
    """
    before, after = list[ScoringAnswer](), list[ScoringAnswer]()
    with opened(target) as azure:
        endpoint = endpoint_of(azure, rollout.endpoint)
        for file in requests.golden_files:
            text = azure.scoring.load_request(file)
            for number in range(strategy.parity.rounds):
                old, new = (_whole(azure, endpoint, text, color) for color in (rollout.source, rollout.color))
                if number == 0:
                    _compare(rollout, file, old, new, strategy)
                before += [old] if old.is_ok else []
                after.append(new)
    _compare_latency(rollout, before, after, strategy)


def _whole(azure: Azure, endpoint: Endpoint, text: str, color: str) -> ScoringAnswer:
    return asked(azure, endpoint, text, color, whole=True)


def _compare(rollout: Rollout, file: str, old: ScoringAnswer, new: ScoringAnswer, strategy: Strategy) -> None:
    if not old.is_ok:
        get_run_logger().warning("%s: not compared: %s answered HTTP %d", file, rollout.source, old.status)
        return
    if not new.is_ok:
        raise NotReady(f"{rollout.color} answered HTTP {new.status} to {file}: {new.body[:200]}", new.hint)
    found = differences(old.body, new.body, strategy.parity)
    if found:
        more = f", and {len(found) - 3} more" if len(found) > 3 else ""
        raise NotReady(
            f"{rollout.color} answers {file} differently: {'; '.join(found[:3])}{more}",
            "If that is meant, change the golden request, or the tolerance of the strategy's parity.",
        )
    get_run_logger().info("%s: %s and %s answer alike", file, rollout.source, rollout.color)


def _compare_latency(
    rollout: Rollout, before: list[ScoringAnswer], after: list[ScoringAnswer], strategy: Strategy
) -> None:
    old, new = (percentile([one.latency_seconds for one in some if one.is_ok], 50) for some in (before, after))
    if is_slower(new, old, strategy.limits):
        raise NotReady(
            f"{rollout.color} takes {new:.0f} ms for the golden requests (median), {rollout.source} {old:.0f} ms",
            "Make the model faster, or allow it in the strategy's limits.",
        )
