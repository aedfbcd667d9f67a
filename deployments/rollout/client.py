"""A client that scores an endpoint throughout a rollout, and the answers that it got."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from deployments.rollout.stage import REQUEST
from tasks.clients.connect import connect
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.binomial import expected_range
from tasks.domain.rollout.step_result import Bake

AGENT: Final = "rollout-client"
PAUSE_SECONDS: Final = 0.02
_STOP_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Answer:
    """One answer: the time of its request, its color, and its HTTP status; 0 without an answer."""

    at: datetime
    color: str
    status: int


@dataclass
class Client:
    """Scores in its own thread for as long as the block lasts."""

    target: AzureTarget
    endpoint: str
    answers: list[Answer] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Client:
        self._thread = threading.Thread(target=self._score, name=AGENT, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join(_STOP_SECONDS)

    def _score(self) -> None:
        with connect(self.target) as azure:
            azure.scoring.agent = AGENT
            shown = azure.endpoints.get(self.endpoint)
            while shown and not self._over.wait(PAUSE_SECONDS):
                at = datetime.now(UTC)
                try:
                    answer = azure.scoring.score(shown, REQUEST)
                    self.answers.append(Answer(at, answer.deployment, answer.status))
                except EndpointOpsError:
                    self.answers.append(Answer(at, "", 0))


@dataclass(frozen=True)
class StepShare:
    """The candidate's answers among a step's calls, and the expected range."""

    title: str
    calls: int
    answered: int
    fewest: int
    most: int

    @property
    def is_expected(self) -> bool:
        """Return whether the share agrees with the traffic map within chance."""
        return self.fewest <= self.answered <= self.most


@dataclass(frozen=True)
class Answers:
    """A summary of the client's answers.

    Attributes:
        counts: By color and status.
        early: Answers of the candidate before it was given live traffic.
    """

    counts: Counter[tuple[str, int]]
    early: int
    steps: tuple[StepShare, ...]

    @property
    def errors(self) -> int:
        """Return the number of answers other than 2xx."""
        return sum(count for (_, status), count in self.counts.items() if not 200 <= status < 300)

    @property
    def is_as_expected(self) -> bool:
        """Return whether no call failed, the candidate answered none early, and each step had its share."""
        return bool(self.counts) and not self.errors and not self.early and all(one.is_expected for one in self.steps)


def summarize(answers: Iterable[Answer], bakes: Iterable[Bake], color: str) -> Answers:
    """Count the answers by the steps of a rollout."""
    known, steps = tuple(answers), tuple(one for one in bakes if one.percent)
    first = min((one.sent for one in steps if one.sent), default=None)
    early = [one for one in known if one.color.lower() == color.lower() and color and (first is None or one.at < first)]
    return Answers(
        counts=Counter((one.color, one.status) for one in known),
        early=len(early),
        steps=tuple(_step(known, one, color) for one in steps),
    )


def _step(answers: tuple[Answer, ...], bake: Bake, color: str) -> StepShare:
    began = bake.began or datetime.min.replace(tzinfo=UTC)
    ended = began + timedelta(seconds=bake.seconds)
    during = [one for one in answers if began <= one.at < ended]
    answered = sum(one.color.lower() == color.lower() for one in during)
    fewest, most = expected_range(len(during), bake.percent)
    return StepShare(bake.title, len(during), answered, fewest, most)
