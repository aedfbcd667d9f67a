"""What earlier looks found out about a workspace's endpoints, and how a new look changes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from tasks.domain.diagnostics.summary import HEALTHS, Summary
from tasks.domain.diagnostics.verdict import Health

NIGHTS: Final = 14

Announcement = Literal["unhealthy", "recovered"]


class Night(BaseModel):
    """The worst health of one day (UTC), and its last latency."""

    model_config = ConfigDict(frozen=True)

    day: date
    health: Health
    latency_seconds: float | None = None


class Known(BaseModel):
    """What is known of one endpoint.

    Attributes:
        code: The code of what was wrong; empty when nothing was.
        since: When this health was first seen.
        is_alarmed: Whether the last event about it said unhealthy.
        nights: The last fourteen days that somebody looked on, oldest first.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    health: Health
    code: str = ""
    since: datetime
    is_alarmed: bool = False
    nights: tuple[Night, ...] = ()


class HealthRecord(BaseModel):
    """What is known of one workspace's endpoints."""

    model_config = ConfigDict(frozen=True)

    workspace: str
    looked_at: datetime
    endpoints: tuple[Known, ...] = ()

    def of(self, endpoint_id: str) -> Known | None:
        """What is known of one endpoint."""
        return next((one for one in self.endpoints if one.id.lower() == endpoint_id.lower()), None)


class TwoLooks(BaseModel):
    """An endpoint's first look, and the second one where there was one.

    Attributes:
        known: What was known before; None for an endpoint that nobody looked at yet.
        known_at: When the record was written that says so.
    """

    model_config = ConfigDict(frozen=True)

    known: Known | None = None
    known_at: datetime | None = None
    first: Summary
    second: Summary | None = None

    @property
    def last(self) -> Summary:
        """The look that counts: the later one."""
        return self.second or self.first

    @property
    def is_flap(self) -> bool:
        """Whether the second look found it again as it was known."""
        before = self.known.health if self.known else "healthy"
        return self.second is not None and self.first.health != before and self.second.health == before

    @property
    def announcement(self) -> Announcement | None:
        """The event to send: only when two looks agree that the endpoint changed sides.

        A look that could not be made takes no side: it neither alarms nor gives the all-clear.
        """
        was_alarmed = self.known.is_alarmed if self.known else False
        sides = {_is_down(one.health) for one in (self.first, self.second) if one}
        if self.second is None or len(sides) != 1 or sides <= {None, was_alarmed}:
            return None
        return "unhealthy" if True in sides else "recovered"


def is_news(known: Known | None, health: Health) -> bool:
    """Whether a first look differs from what is known, so that a second one has to agree first.

    An endpoint that nobody knew counts as a healthy one.
    """
    if health != (known.health if known else "healthy"):
        return True
    return _is_down(health) not in {None, known.is_alarmed if known else False}


def updated(record: HealthRecord | None, workspace: str, looks: Iterable[TwoLooks], now: datetime) -> HealthRecord:
    """The record with new looks in it. Endpoints that nobody looked at now stay as they were."""
    fresh = {one.last.id.lower(): _known(one, now) for one in looks}
    kept = [one for one in record.endpoints if one.id.lower() not in fresh] if record else []
    endpoints = sorted([*kept, *fresh.values()], key=lambda one: one.name)
    return HealthRecord(workspace=workspace, looked_at=now, endpoints=tuple(endpoints))


def without(record: HealthRecord, gone: Iterable[Known]) -> HealthRecord:
    """The record without endpoints that are not there any more."""
    ids = {one.id for one in gone}
    return record.model_copy(update={"endpoints": tuple(one for one in record.endpoints if one.id not in ids)})


def _known(looks: TwoLooks, now: datetime) -> Known:
    known, last = looks.known, looks.last
    alarmed = known.is_alarmed if known else False
    return Known(
        id=last.id,
        name=last.name,
        health=last.health,
        code=last.code,
        since=known.since if known and known.health == last.health else now,
        is_alarmed=alarmed if looks.announcement is None else looks.announcement == "unhealthy",
        nights=_with(
            known.nights if known else (),
            Night(day=now.date(), health=last.health, latency_seconds=last.latency_seconds),
        ),
    )


def _with(nights: tuple[Night, ...], night: Night) -> tuple[Night, ...]:
    today = [one.health for one in nights if one.day == night.day]
    worst = min([*today, night.health], key=HEALTHS.index)
    before = tuple(one for one in nights if one.day != night.day)
    return (*before, night.model_copy(update={"health": worst}))[-NIGHTS:]


def _is_down(health: Health) -> bool | None:
    """Whether an endpoint is down; None when nobody could say."""
    return None if health == "unknown" else health == "unhealthy"
