"""The report of one diagnostics run: every endpoint, worst first, and the changes since the last run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from tasks.domain.common.errors import PermanentError
from tasks.domain.diagnostics.health_record import DayHealth, EndpointRecord, Recheck
from tasks.domain.diagnostics.summary import HEALTHS, Summary
from tasks.domain.diagnostics.verdict import Health

_NAMED: Final = 3  # causes that are named in a run's state, and endpoints of each
_REASON_CHARS: Final = 120


class Entry(Summary, frozen=True):
    """One endpoint of the report.

    Attributes:
        was: Its health before; None without a record.
        was_code: The code of its cause before.
        since: When this health was first observed.
        flapped: The first observation, where the recheck found the recorded health again.
        bundle: Where its support bundle is, or why there is none.
    """

    was: Health | None = None
    was_code: str = ""
    since: datetime
    flapped: str = ""
    nights: tuple[DayHealth, ...] = ()
    bundle: str = ""

    @property
    def is_changed(self) -> bool:
        """True when its health, or the reason for it, has changed."""
        if self.was is None:
            return self.health != "healthy"
        return self.health != self.was or (self.health != "healthy" and self.code != self.was_code)


class DiagnosticsReport(BaseModel, frozen=True):
    """One run.

    Attributes:
        scope: The scope in words.
        previous: Time of the previous run; None when there is none.
        entries: Worst first.
        gone: Names of endpoints that existed in the previous run.
        requests: Number of control-plane requests, by kind.
    """

    scope: str
    began: datetime
    seconds: float = 0.0
    previous: datetime | None = None
    entries: tuple[Entry, ...] = ()
    gone: tuple[str, ...] = ()
    requests: Mapping[str, int] = {}

    @property
    def counts(self) -> Mapping[Health, int]:
        """Number of endpoints (and workspaces without any) by health."""
        return Counter(one.health for one in self.entries)

    @property
    def is_healthy(self) -> bool:
        """True when everything was checked, and nothing is unhealthy. Degraded endpoints still serve."""
        return not {"unhealthy", "unknown"} & set(self.counts)

    def of(self, health: Health) -> tuple[Entry, ...]:
        """Return the entries of one health."""
        return tuple(one for one in self.entries if one.health == health)

    @property
    def message(self) -> str:
        """The run's state in one line, as a notification shows it: the worst by name, the rest by number."""
        if not self.entries:
            return f"Nothing was checked: no endpoint is in scope ({self.scope})."
        if len(self.entries) == 1:
            return _alone(self.entries[0])
        present = [health for health in _WORDS if self.of(health)]
        if not present:
            return f"All {self._all} are healthy."
        return "; ".join(self._told(health, worst=present[0]) for health in present)

    @property
    def headline(self) -> str:
        """The numbers in one line."""
        parts = [f"{self.counts[health]} {words}" for health, words in _WORDS.items() if self.of(health)]
        return f"{', '.join(parts)}, of {self._all}" if parts and len(self.entries) > 1 else self.message

    @property
    def _all(self) -> str:
        only = all(one.kind == "endpoint" for one in self.entries)
        return f"{len(self.entries)} endpoints{'' if only else ' and workspaces'}"

    def _told(self, health: Health, worst: Health) -> str:
        entries = self.of(health)
        count = f"{len(entries)} of {self._all}" if health == worst else str(len(entries))
        if health == "degraded" != worst:
            return f"{count} {_WORDS[health]}"
        groups = by_cause(entries)
        parts = [_together(group) for group in groups[:_NAMED]]
        rest = sum(len(group) for group in groups[_NAMED:])
        return f"{count} {_WORDS[health]}: {', '.join([*parts, *([f'{rest} more'] if rest else [])])}"


_WORDS: Final[Mapping[Health, str]] = {
    "unhealthy": "unhealthy",
    "unknown": "not checked",
    "degraded": "degraded",
}


class UnhealthyEndpoints(PermanentError):  # noqa: N818 -- says what happened, as all errors here do
    """Endpoints are unhealthy, or were not checked.

    Attributes:
        report: Which, why, and what to do; None where another process passed on only the message.
    """

    def __init__(self, message: str, report: DiagnosticsReport | None = None) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.report)


def entry_of(looks: Recheck, known: EndpointRecord, bundle: str = "") -> Entry:
    """Return an endpoint's entry, from its observations and its updated record."""
    before = looks.known
    return Entry(
        **dict(looks.last),
        was=before.health if before else None,
        was_code=before.code if before else "",
        since=known.since,
        flapped=f"{looks.first.health}, {looks.first.sentence}" if looks.is_flap else "",
        nights=known.nights,
        bundle=bundle,
    )


def worst_first(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Sort entries for reading: the worst first, and recent changes before old ones."""
    return tuple(sorted(entries, key=lambda one: (HEALTHS.index(one.health), not one.is_changed, one.code, one.path)))


def by_cause(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Group the entries with the same cause and fix, in their order."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for one in entries:
        groups.setdefault((one.code, one.headline.remedy if one.headline else one.trouble), []).append(one)
    return list(groups.values())


def _together(entries: Sequence[Entry]) -> str:
    names = ", ".join(one.name for one in entries[:_NAMED])
    more = f" and {len(entries) - _NAMED} more" if len(entries) > _NAMED else ""
    return f"{names}{more} ({_short(entries[0].sentence)})"


def _alone(entry: Entry) -> str:
    words = _WORDS.get(entry.health, "healthy")
    verb = "was " if entry.health == "unknown" else "is "
    return f"{entry.name} {verb}{words}" + (f": {_short(entry.sentence)}" if entry.sentence else ".")


def _short(text: str) -> str:
    one_line = " ".join(text.split()).rstrip(".")
    return one_line if len(one_line) <= _REASON_CHARS else one_line[: _REASON_CHARS - 1] + "…"
