"""Compare the answers of both colors to the golden requests, before the candidate gets user traffic."""

from __future__ import annotations

from typing import Final

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.scoring import ScoringAnswer, WholeAnswer
from tasks.domain.common.errors import NotReady
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.analysis import is_slower
from tasks.domain.rollout.measurements import Fault, fault_of, percentile
from tasks.domain.rollout.parity import differences
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.strategy import Strategy
from tasks.rollout.probing import endpoint_of, probe_whole
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED

_ITS_OWN: Final[tuple[Fault, ...]] = ("model", "refused")


@task(task_run_name="compare answers of {rollout.color}", **UNCACHED)
def compare_answers(target: AzureTarget, rollout: Rollout, requests: RolloutRequests, strategy: Strategy) -> None:
    """Send each golden request to both colors by name, and compare answers and latency.

    Answers are compared once; the candidate's score.py must succeed every time. A request that the stable deployment
    itself fails is skipped. Safe to run again: scoring changes nothing.

    Raises:
        NotReady: With the first differences, or the failed answer.
    """
    before, after = list[ScoringAnswer](), list[ScoringAnswer]()
    with opened(target) as azure:
        endpoint = endpoint_of(azure, rollout.endpoint)
        for file in requests.golden_files:
            text = azure.scoring.load_request(file)
            is_compared = False
            for _ in range(strategy.parity.rounds):
                old, new = (probe_whole(azure, endpoint, text, color) for color in (rollout.source, rollout.color))
                if not old.answer.is_ok:
                    get_run_logger().warning(
                        "%s: not compared: %s answered HTTP %d", file, rollout.source, old.answer.status
                    )
                    continue
                if not is_compared or fault_of(new.answer.status, new.answer.model_error_status) in _ITS_OWN:
                    _require_answer(rollout, file, new.answer)
                if not is_compared and (found := differences(old.text, new.text, strategy.parity)):
                    again = probe_whole(azure, endpoint, text, rollout.source)
                    raise _different(rollout, file, found, hint=_hint(rollout, old, again, strategy))
                is_compared = True
                before.append(old.answer)
                after.append(new.answer)
            if is_compared:
                get_run_logger().info("%s: %s and %s give equal answers", file, rollout.source, rollout.color)
    _compare_latency(rollout, before, after, strategy)


def _require_answer(rollout: Rollout, file: str, new: ScoringAnswer) -> None:
    if not new.is_ok:
        raise NotReady(f"{rollout.color} answered HTTP {new.status} to {file}: {new.body[:200]}", new.hint)


def _different(rollout: Rollout, file: str, found: tuple[str, ...], *, hint: str) -> NotReady:
    more = f", and {len(found) - 3} more" if len(found) > 3 else ""
    return NotReady(f"{rollout.color} answers {file} differently: {'; '.join(found[:3])}{more}", hint)


def _hint(rollout: Rollout, first: WholeAnswer, again: WholeAnswer, strategy: Strategy) -> str:
    """Return the next action, which differs when the stable deployment's own answers vary."""
    if again.answer.is_ok and differences(first.text, again.text, strategy.parity):
        return (
            f"{rollout.source} itself answers it differently each time: set the strategy's parity to compare the shape."
        )
    return "If this is intended, change the golden request or the parity tolerance, or compare the shape only."


def _compare_latency(
    rollout: Rollout, before: list[ScoringAnswer], after: list[ScoringAnswer], strategy: Strategy
) -> None:
    old, new = (percentile([one.latency_seconds for one in some if one.is_ok], 50) for some in (before, after))
    if is_slower(new, old, strategy.limits):
        raise NotReady(
            f"{rollout.color} takes {new:.0f} ms for the golden requests (median), {rollout.source} {old:.0f} ms",
            "Make the model faster, or raise the strategy's latency limits.",
        )
