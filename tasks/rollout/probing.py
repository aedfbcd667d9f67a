"""Probes of a rollout: through the traffic map, as callers do, and by name, bypassing it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Final

from tasks.clients.connect import Azure
from tasks.clients.transport.waiting import Pending, Waiting
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.scoring import ScoringAnswer, WholeAnswer
from tasks.domain.common.errors import NotFound, NotReady, Unreachable
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.step_result import Bake, tally, unexpected_answers
from tasks.runtime.progress import TaskProgress

_CALLS_PER_OBSERVATION: Final = 10  # calls per observation of the routing
_ROUTING_SECONDS: Final = 180.0  # maximum time until a new traffic map applies to every call
_WHERE: Final = "Check the endpoint's traffic in the studio."


def texts_of(azure: Azure, requests: RolloutRequests) -> tuple[str, ...]:
    """Return the requests as JSON text.

    Raises:
        InvalidSpec: When a file is missing or not valid JSON.
    """
    sample = (requests.sample,) if requests.sample else ()
    return (*sample, *(azure.scoring.load_request(one) for one in requests.golden_files))


def endpoint_of(azure: Azure, name: str) -> Endpoint:
    """Read the endpoint.

    Raises:
        NotFound: When it does not exist.
    """
    found = azure.endpoints.get(name)
    if found is None:
        raise NotFound(f"endpoint {name} does not exist", "Correct the endpoint's name.")
    return found


def probe(azure: Azure, endpoint: Endpoint, text: str, color: str | None = None) -> ScoringAnswer:
    """Send one scoring call; without a response, return an answer with status 0."""
    return probe_whole(azure, endpoint, text, color).answer


def probe_whole(azure: Azure, endpoint: Endpoint, text: str, color: str | None = None) -> WholeAnswer:
    """Send one scoring call as `probe` does, and return the whole text too, to compare it."""
    try:
        whole = azure.scoring.score_whole(endpoint, text, online_deployment=color)
    except Unreachable as error:
        failed = ScoringAnswer(status=0, outcome="platform_error", body=error.message, latency_seconds=0.0)
        whole = WholeAnswer(failed, "")
    answer = whole.answer.model_copy(update={"deployment": whole.answer.deployment or color or ""})
    return WholeAnswer(answer, whole.text)


def wait_for_routing(azure: Azure, endpoint: Endpoint, texts: tuple[str, ...]) -> tuple[ScoringAnswer, ...]:
    """Call through the traffic map until only deployments with traffic answer, and return these answers.

    Raises:
        WaitTimedOut: When another deployment still answers after three minutes.
    """

    def observe() -> tuple[ScoringAnswer, ...] | Pending:
        answers = tuple(
            probe(azure, endpoint, text) for text in itertools.islice(itertools.cycle(texts), _CALLS_PER_OBSERVATION)
        )
        bake = Bake(percent=0, traffic=endpoint.traffic, seconds=0, routed=count_answers(answers))
        others = unexpected_answers(bake)
        return Pending(f"{', '.join(others)} still answers") if others else answers

    waiting = Waiting(progress=TaskProgress().say)
    what = f"the new traffic of {endpoint.name} to take effect"
    return waiting.until(what, observe, limit_seconds=_ROUTING_SECONDS, where=_WHERE)


def require_answers(azure: Azure, endpoint: Endpoint, rollout: Rollout, texts: tuple[str, ...]) -> int:
    """Check that every call succeeds and only deployments with traffic answer; return the number of calls.

    Raises:
        NotReady: When a call fails.
        WaitTimedOut: When another deployment still answers.
    """
    answers = wait_for_routing(azure, endpoint, texts)
    failed = next((one for one in answers if not one.is_ok), None)
    if failed:
        raise NotReady(f"with all traffic, {rollout.color} answered HTTP {failed.status}: {failed.body}", failed.hint)
    return len(answers)


def count_answers(answers: Iterable[ScoringAnswer]) -> dict[str, int]:
    """Count the answers of each online deployment."""
    return {name: one.answers for name, one in tally(answers).items()}
