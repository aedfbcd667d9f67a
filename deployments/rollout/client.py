"""A user of an endpoint who scores all through a rollout, and what that user saw."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from deployments.rollout.stage import REQUEST
from tasks.clients.connect import connect
from tasks.domain.bake import Bake
from tasks.domain.binomial import expected_range
from tasks.domain.errors import EndpointOpsError
from tasks.domain.target import AzureTarget

AGENT: Final = "rollout-client"
PAUSE_SECONDS: Final = 0.02
_STOP_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Answer:
    """One answer: when it was asked for, who gave it, and its HTTP status; 0 where none came."""

    at: datetime
    color: str
    status: int


@dataclass
class Client:
    """Scores in a thread of its own for as long as the block lasts."""

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
class StepSeen:
    """How many of a step's calls the next color answered, and how many it should have."""

    title: str
    calls: int
    answered: int
    fewest: int
    most: int

    @property
    def is_expected(self) -> bool:
        """Whether that is what the traffic map says, but for chance."""
        return self.fewest <= self.answered <= self.most


@dataclass(frozen=True)
class Seen:
    """What the user saw, all told.

    Attributes:
        counts: By color and status.
        early: Answers of the next color before any live traffic was given to it.
    """

    counts: Counter[tuple[str, int]]
    early: int
    steps: tuple[StepSeen, ...]

    @property
    def errors(self) -> int:
        """Answers that were no success."""
        return sum(count for (_, status), count in self.counts.items() if not 200 <= status < 300)

    @property
    def is_as_promised(self) -> bool:
        """Nothing failed, nobody met the next color early, and each step had its share."""
        return bool(self.counts) and not self.errors and not self.early and all(one.is_expected for one in self.steps)


def seen(answers: Iterable[Answer], bakes: Iterable[Bake], color: str) -> Seen:
    """Count what the user saw by the steps of a rollout."""
    known, steps = tuple(answers), tuple(one for one in bakes if one.percent)
    first = min((one.sent for one in steps if one.sent), default=None)
    early = [one for one in known if one.color.lower() == color.lower() and color and (first is None or one.at < first)]
    return Seen(
        counts=Counter((one.color, one.status) for one in known),
        early=len(early),
        steps=tuple(_step(known, one, color) for one in steps),
    )


def _step(answers: tuple[Answer, ...], bake: Bake, color: str) -> StepSeen:
    began = bake.began or datetime.min.replace(tzinfo=UTC)
    ended = began + timedelta(seconds=bake.seconds)
    during = [one for one in answers if began <= one.at < ended]
    answered = sum(one.color.lower() == color.lower() for one in during)
    fewest, most = expected_range(len(during), bake.percent)
    return StepSeen(bake.title, len(during), answered, fewest, most)
