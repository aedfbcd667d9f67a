"""Watches one step of a rollout: probes over the bake time, the users' calls, and the judgement."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tasks.clients.connect import Azure
from tasks.clients.user_traffic import user_traffic
from tasks.clients.waiting import Progress, silent
from tasks.domain.analysis import analyzed, outright, summary
from tasks.domain.bake import Bake, tally
from tasks.domain.endpoint import Endpoint
from tasks.domain.errors import EndpointOpsError
from tasks.domain.measured import Measured
from tasks.domain.scoring import ScoringAnswer
from tasks.domain.strategy import Strategy
from tasks.domain.traffic import share_of
from tasks.probing import asked, counted


def utc_now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


def _nobody(_part: float, _text: str) -> None:
    """Progress that nobody follows."""


@dataclass(frozen=True)
class Clock:
    """Time as a watch sees it; tests pass their own."""

    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = utc_now


@dataclass
class Watch:
    """One step of a rollout from `old` to `new`, and the answers so far."""

    azure: Azure
    endpoint: Endpoint
    new: str
    old: str
    texts: tuple[str, ...]
    strategy: Strategy
    clock: Clock = field(default_factory=Clock)
    say: Progress = silent
    share: Callable[[float, str], None] = _nobody
    routed: list[ScoringAnswer] = field(default_factory=list)
    named: list[ScoringAnswer] = field(default_factory=list)

    def watched(self) -> Bake:
        """Probe over the bake time and judge; where there are too few samples, as often again as the strategy says.

        Ends at once where no further probe can help the next color.
        """
        began, since, notes = self.clock.seconds(), self.clock.now(), list[str]()
        for extension in range(self.strategy.extensions + 1):
            self._probe()
            users, note = self._users(since)
            bake = self._judged(began, users, [*notes, *([note] if note else [])])
            bake = bake.model_copy(update={"began": since})
            if bake.analysis is None or bake.analysis.decision != "inconclusive":
                break
            if extension < self.strategy.extensions:
                notes.append(f"watched on: {bake.analysis.reason}")
                self.say(f"{bake.title} {self.new}: {bake.analysis.reason}; watching on")
        return bake

    def _probe(self) -> None:
        """Rounds of three calls, evenly over the bake time: through the traffic map, and past it to each color."""
        began, pause = self.clock.seconds(), self.strategy.bake_seconds / self.strategy.probes
        for number, text in enumerate(itertools.islice(itertools.cycle(self.texts), self.strategy.probes), start=1):
            self.routed.append(asked(self.azure, self.endpoint, text))
            self.named += [asked(self.azure, self.endpoint, text, color) for color in (self.new, self.old)]
            if outright(self._bake(0.0).of(self.new), self.strategy.limits):
                break
            self.share(
                number / self.strategy.probes, f"{number} of {self.strategy.probes} rounds of probes to {self.new}"
            )
            self.clock.sleep(max(0.0, began + number * pause - self.clock.seconds()))

    def _users(self, since: datetime) -> tuple[Mapping[str, Measured], str]:
        try:
            return user_traffic(self.azure.logs, self.endpoint, since, self.clock.now()), ""
        except EndpointOpsError as error:
            return {}, f"the users' calls could not be seen, so that probes alone decide: {error.message}"

    def _judged(self, began: float, users: Mapping[str, Measured], notes: list[str]) -> Bake:
        bake = self._bake(self.clock.seconds() - began).model_copy(update={"users": users, "notes": tuple(notes)})
        found = analyzed(bake.of(self.new), bake.of(self.old), self.strategy.limits)
        return bake.model_copy(update={"analysis": found})

    def _bake(self, seconds: float) -> Bake:
        return Bake(
            percent=share_of(self.endpoint.traffic, self.new),
            traffic=self.endpoint.traffic,
            mirror=share_of(self.endpoint.mirror_traffic, self.new),
            seconds=seconds,
            tallies=tally((*self.routed, *self.named)),
            routed=counted(self.routed),
        )


def told(bake: Bake, new: str, old: str) -> tuple[str, ...]:
    """Who answered how, and what was decided, in lines."""
    numbers = summary(bake.of(new), bake.of(old))
    decided = f"{bake.analysis.decision}: {bake.analysis.reason}" if bake.analysis else "not judged"
    lines = (*bake.notes, *(() if numbers in decided else (numbers,)), decided)
    return tuple(f"{bake.title} {new}: {line}" for line in lines)
