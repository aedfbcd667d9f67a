"""Watch one step of a rollout: probe over the bake time, read the users' calls, and judge."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tasks.clients.connect import Azure
from tasks.clients.data_plane.user_traffic import UserTraffic, user_traffic
from tasks.clients.transport.waiting import Progress, silent
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.azure.traffic import share_of
from tasks.domain.common.clock import Clock
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.rollout.analysis import analyzed, decisive_failure, summary, words
from tasks.domain.rollout.step_result import Bake, Step, rejudged, tally
from tasks.domain.rollout.strategy import Strategy
from tasks.rollout.probing import count_answers, probe
from tasks.runtime.stopping import STOPPABLE

_USER_CALLS_SECONDS: Final = 60.0  # between two reads of the users' calls


def _discard_progress(_part: float, _text: str) -> None:
    """Discard the progress."""


@dataclass
class Watch:
    """One step of a rollout from `old` to `new`, and its observations so far.

    Calls reach Log Analytics some minutes late. So the previous step is judged again with the calls that have arrived
    since; only the last minutes of a rollout are missed.
    """

    azure: Azure
    step: Step
    new: str
    old: str
    texts: tuple[str, ...]
    strategy: Strategy
    clock: Clock = STOPPABLE
    say: Progress = silent
    share: Callable[[float, str], None] = _discard_progress
    answers: list[ScoringAnswer] = field(default_factory=list)
    routed: list[ScoringAnswer] = field(default_factory=list)
    users: UserTraffic | None = None
    notes: list[str] = field(default_factory=list)
    unseen: str = ""

    def __post_init__(self) -> None:
        """Begin."""
        self._began, self._second = self.clock.now(), self.clock.seconds()
        self._since = self.step.sent or self._began
        self._next_read = self._second + _USER_CALLS_SECONDS

    def watched(self) -> Bake:
        """Probe over the bake time and judge; extend the step as the strategy allows while there are too few samples.

        Ends early when no further probe can change the failure, or when the users' calls so far fail the candidate.
        These are read about once a minute, and at the end.
        """
        for extension in range(self.strategy.extensions + 1):
            bake = self._probed() or self._judged()
            if bake.analysis is None or bake.analysis.decision != "inconclusive":
                break
            if extension < self.strategy.extensions:
                self.notes.append(f"extended: {bake.analysis.reason}")
                self.say(f"{bake.title} {self.new}: {bake.analysis.reason}; extending the step")
        return bake

    def _probed(self) -> Bake | None:
        """Send rounds of three calls, evenly over the bake time: through the traffic map, and to each color by name.

        Returns:
            The step result, if the users' calls end the step early.
        """
        began, count = self.clock.seconds(), self.strategy.probes
        end = began + self.strategy.bake_seconds
        for number, text in enumerate(itertools.islice(itertools.cycle(self.texts), count), start=1):
            self._send_round(text)
            if decisive_failure(self._bake().of(self.new), self.strategy.limits):
                break
            self.share(number / count, f"{number} of {count} rounds of probes to {self.new}")
            if ended := self._waited(began + number * self.strategy.bake_seconds / count, end):
                return ended
        return None

    def _send_round(self, text: str) -> None:
        through = probe(self.azure, self.step.endpoint, text)
        self.routed.append(through)
        self.answers += [
            through,
            *(probe(self.azure, self.step.endpoint, text, color) for color in (self.new, self.old)),
        ]

    def _waited(self, until: float, end: float) -> Bake | None:
        """Wait for the next round, reading the users' calls; return the step result if these end the step."""
        while (now := self.clock.seconds()) < until:
            self.clock.sleep(min(until, max(now, self._next_read)) - now)
            if self._next_read <= self.clock.seconds() < end:
                bake = self._judged(so_far=True)
                if bake.analysis and bake.analysis.decision == "failed":
                    early = f"ended early, after {bake.seconds:.0f} s: the results so far fail the step"
                    return bake.model_copy(update={"notes": (*bake.notes, early)})
        return None

    def _judged(self, *, so_far: bool = False) -> Bake:
        self._read_users_calls()
        self._next_read = self.clock.seconds() + _USER_CALLS_SECONDS
        bake = self._bake()
        found = analyzed(bake.of(self.new), bake.before(self.old), self.strategy.limits, so_far=so_far)
        if self.step.last and found.decision != "failed":
            colors = self.new, self.old
            again = rejudged(self.step.last, bake.earlier, colors, self.strategy.limits, so_far=so_far)
            found = again if again.decision == "failed" else found
        return bake.model_copy(update={"analysis": found})

    def _read_users_calls(self) -> None:
        """Read the users' calls; if that fails, keep the last result."""
        earlier = (self.step.last.sent or self.step.last.began) if self.step.last else None
        earlier = earlier or self._since - timedelta(seconds=self.strategy.bake_seconds)
        try:
            self.users = user_traffic(self.azure.logs, self.step.endpoint, earlier, self._since, self.clock.now())
            self.unseen = ""
        except EndpointOpsError as error:
            instead = "only probes count" if self.users is None else "the last result counts"
            self.unseen = f"the users' calls were not checked, so {instead}: {error.message}"

    def _bake(self) -> Bake:
        users = self.users or UserTraffic()
        return Bake(
            percent=share_of(self.step.endpoint.traffic, self.new),
            traffic=self.step.endpoint.traffic,
            mirror=share_of(self.step.endpoint.mirror_traffic, self.new),
            sent=self.step.sent,
            began=self._began,
            seconds=self.clock.seconds() - self._second,
            tallies=tally(self.answers),
            routed=count_answers(self.routed),
            users=users.since,
            earlier=users.earlier,
            notes=(*self.notes, self.unseen) if self.unseen else tuple(self.notes),
        )


def told(bake: Bake, new: str, old: str) -> tuple[str, ...]:
    """Return the results of both colors, and the decision, in lines."""
    after, before = bake.of(new), bake.before(old)
    found = bake.analysis
    reason = f": {found.reason}" if found and found.reason != summary(after, before) else ""
    lines = [f"{name}: {words(one)}" for name, one in ((new, after), (old, before)) if one.samples]
    return (*bake.notes, *lines, f"{bake.title}: {found.decision if found else 'not judged'}{reason}")
