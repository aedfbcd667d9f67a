"""The recorded health of a workspace's endpoints, and its update by new observations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal

from pydantic import BaseModel

from tasks.domain.diagnostics.summary import HEALTHS, Summary
from tasks.domain.diagnostics.verdict import Health

MAX_DAYS: Final = 14

Announcement = Literal["unhealthy", "recovered"]


class DayHealth(BaseModel, frozen=True):
    """The worst health of one day (UTC), and its last latency."""

    day: date
    health: Health
    latency_seconds: float | None = None


class EndpointRecord(BaseModel, frozen=True):
    """The recorded health of one endpoint.

    Attributes:
        code: The code of the cause; empty when there was none.
        since: When this health was first observed.
        is_alarmed: True when the last event about it said unhealthy.
        nights: The last fourteen days with an observation, oldest first.
    """

    id: str
    name: str
    health: Health
    code: str = ""
    since: datetime
    is_alarmed: bool = False
    nights: tuple[DayHealth, ...] = ()


class HealthRecord(BaseModel, frozen=True):
    """The recorded health of one workspace's endpoints."""

    workspace: str
    looked_at: datetime
    endpoints: tuple[EndpointRecord, ...] = ()

    def of(self, endpoint_id: str) -> EndpointRecord | None:
        """Return the record of one endpoint, or None without one."""
        return next((one for one in self.endpoints if one.id.lower() == endpoint_id.lower()), None)


class Recheck(BaseModel, frozen=True):
    """An endpoint's first observation, and the recheck where there was one.

    Attributes:
        known: The record before; None for an endpoint without one.
        known_at: When that record was written.
    """

    known: EndpointRecord | None = None
    recorded_at: datetime | None = None
    first: Summary
    second: Summary | None = None

    @property
    def last(self) -> Summary:
        """The observation that counts: the later one."""
        return self.second or self.first

    @property
    def is_flap(self) -> bool:
        """True when the recheck found the recorded health again."""
        before = self.known.health if self.known else "healthy"
        return self.second is not None and self.first.health != before and self.second.health == before

    @property
    def announcement(self) -> Announcement | None:
        """The event to send: only when the recheck confirms that the endpoint changed sides.

        Unknown health takes no side: it neither alarms nor gives the all-clear.
        """
        was_alarmed = self.known.is_alarmed if self.known else False
        sides = {_is_down(one.health) for one in (self.first, self.second) if one}
        if self.second is None or len(sides) != 1 or sides <= {None, was_alarmed}:
            return None
        return "unhealthy" if True in sides else "recovered"


def is_news(known: EndpointRecord | None, health: Health) -> bool:
    """Return whether a first observation differs from the record, so that a recheck has to confirm it.

    An endpoint without a record counts as healthy.
    """
    if health != (known.health if known else "healthy"):
        return True
    return _is_down(health) not in {None, known.is_alarmed if known else False}


def updated(record: HealthRecord | None, workspace: str, looks: Iterable[Recheck], now: datetime) -> HealthRecord:
    """Return the record with new observations. Endpoints that were not observed keep their records."""
    fresh = {one.last.id.lower(): _known(one, now) for one in looks}
    kept = [one for one in record.endpoints if one.id.lower() not in fresh] if record else []
    endpoints = sorted([*kept, *fresh.values()], key=lambda one: one.name)
    return HealthRecord(workspace=workspace, looked_at=now, endpoints=tuple(endpoints))


def without(record: HealthRecord, gone: Iterable[EndpointRecord]) -> HealthRecord:
    """Return the record without endpoints that no longer exist."""
    ids = {one.id for one in gone}
    return record.model_copy(update={"endpoints": tuple(one for one in record.endpoints if one.id not in ids)})


def _known(looks: Recheck, now: datetime) -> EndpointRecord:
    known, last = looks.known, looks.last
    alarmed = known.is_alarmed if known else False
    return EndpointRecord(
        id=last.id,
        name=last.name,
        health=last.health,
        code=last.code,
        since=known.since if known and known.health == last.health else now,
        is_alarmed=alarmed if looks.announcement is None else looks.announcement == "unhealthy",
        nights=_with(
            known.nights if known else (),
            DayHealth(day=now.date(), health=last.health, latency_seconds=last.latency_seconds),
        ),
    )


def _with(nights: tuple[DayHealth, ...], night: DayHealth) -> tuple[DayHealth, ...]:
    today = [one.health for one in nights if one.day == night.day]
    worst = min([*today, night.health], key=HEALTHS.index)
    before = tuple(one for one in nights if one.day != night.day)
    return (*before, night.model_copy(update={"health": worst}))[-MAX_DAYS:]


def _is_down(health: Health) -> bool | None:
    """Return whether an endpoint is down; None when its health is unknown."""
    return None if health == "unknown" else health == "unhealthy"
