"""One run of the diagnostics: a first look at everything, a second one where it is due, and what that comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prefect.logging import get_run_logger

from flows.second_looks import second_looks
from tasks.checks.engine.diagnose import Round
from tasks.checks.engine.sources import Clock, Sources, utc_now
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.clients.transport.time_limits import TimeLimits
from tasks.diagnostics.announce_changes import announce_changes
from tasks.diagnostics.diagnose_workspaces import diagnose_workspaces
from tasks.diagnostics.find_workspaces import find_workspaces
from tasks.diagnostics.keep_records import keep_records, read_records
from tasks.diagnostics.publish_diagnostics import publish_diagnostics
from tasks.diagnostics.write_bundles import Incident, write_bundles
from tasks.domain.diagnostics.health_record import HealthRecord, Known, TwoLooks, is_news, updated, without
from tasks.domain.diagnostics.report import DiagnosticsReport, entry_of, worst_first
from tasks.domain.diagnostics.results import Samples, Wish
from tasks.domain.diagnostics.scope import Scope
from tasks.domain.diagnostics.subject import Expectations
from tasks.domain.diagnostics.summary import Looked, Summary
from tasks.runtime.artifact_keys import key_for
from tasks.runtime.azure import opened_sources

CHUNKS: Final = 30  # task runs for a fleet; Prefect shows more of them only later

Sleep = Callable[[float], Awaitable[None]]
Records = Mapping[str, HealthRecord]


@dataclass(frozen=True)
class Asked:
    """What the flow was asked for."""

    scope: Scope
    samples: Samples
    expectations: Expectations
    second_look_seconds: float
    bundle_folder: str


@dataclass(frozen=True)
class Means:
    """What time is to a run."""

    clock: Clock = utc_now
    sleep: Sleep = asyncio.sleep
    time_limits: TimeLimits | None = None


@dataclass(frozen=True)
class _Pair:
    """The looks at one endpoint, with their findings."""

    first: Looked
    second: Looked | None = None

    @property
    def last(self) -> Looked:
        return self.second or self.first

    def against(self, record: HealthRecord | None) -> TwoLooks:
        return TwoLooks(
            known=record.of(self.first.summary.id) if record else None,
            known_at=record.looked_at if record else None,
            first=self.first.summary,
            second=self.second.summary if self.second else None,
        )


async def diagnose_scope(asked: Asked, means: Means | None = None) -> DiagnosticsReport:
    """Diagnose everything in scope, announce what changed, keep what is known now, and publish the report.

    Raises:
        EndpointOpsError: When the scope itself can't be read.
    """
    means = means or Means()
    began = means.clock()
    scope = asked.scope
    async with opened_sources(scope, time_limits=means.time_limits, clock=means.clock) as sources:
        workspaces = {one.target.workspace_id.lower(): one for one in await find_workspaces(sources, scope)}
        records = await read_records(list(workspaces))
        pairs = await _looks(asked, means, sources, workspaces, records)
        requests = sources.reads.budgets.taken()
    now = means.clock()
    report = await _told(asked, pairs, records, now)
    report = report.model_copy(update={"began": began, "seconds": (now - began).total_seconds(), "requests": requests})
    await publish_diagnostics(report_key(scope), report)
    return report


def report_key(scope: Scope) -> str:
    """The key of the report's artifacts, the same from run to run over the same scope."""
    short = scope.title.replace(scope.subscription_id, scope.subscription_id[:8])
    return key_for("scoring-diagnostics", short, f"{scope.cloud} {scope.subscription_id} {scope.title}")


async def _looks(
    asked: Asked, means: Means, sources: Sources, workspaces: Mapping[str, WorkspaceFacts], records: Records
) -> tuple[_Pair, ...]:
    wish = Wish(samples=asked.samples, expectations=asked.expectations)
    first = await _first_looks(Round(sources, wish), list(workspaces.values()), asked.scope)
    due = [one.summary for one in first if _is_due(one.summary, records)]
    if any(is_news(_known(one, records), one.health) for one in due):
        get_run_logger().info("%d endpoints get a second look in %.0f s", len(due), asked.second_look_seconds)
        await means.sleep(asked.second_look_seconds)
    again = sources.anew()
    try:
        second = await second_looks(Round(again, wish), workspaces, due)
    finally:
        again.close()
    return tuple(_Pair(one, second.get(one.summary.id)) for one in first)


async def _first_looks(round_: Round, workspaces: Sequence[WorkspaceFacts], scope: Scope) -> list[Looked]:
    size = max(1, -(-len(workspaces) // CHUNKS))
    chunks = [workspaces[at : at + size] for at in range(0, len(workspaces), size)]
    found = await asyncio.gather(*(diagnose_workspaces(round_, one, scope, _title(one)) for one in chunks))
    return [one for chunk in found for one in chunk]


async def _told(asked: Asked, pairs: Sequence[_Pair], records: Records, now: datetime) -> DiagnosticsReport:
    """Everything that follows from the looks: events, records, bundles, and the report."""
    looks = {one.first.summary.id: one.against(records.get(one.first.summary.workspace_id)) for one in pairs}
    gone = _gone(asked.scope, list(looks.values()), records)
    fresh = _fresh(list(looks.values()), records, gone, now)
    known = {one.id: one for record in fresh for one in record.endpoints}
    bundles = await _bundles(asked.bundle_folder, pairs, known, now)
    await announce_changes(list(looks.values()), now)
    await keep_records(fresh)
    entries = [entry_of(one, known[at], bundles.get(at, "")) for at, one in looks.items()]
    return DiagnosticsReport(
        scope=asked.scope.title,
        began=now,
        previous=max((one.looked_at for one in records.values()), default=None),
        entries=worst_first(entries),
        gone=tuple(one.name for one in gone),
    )


def _fresh(looks: Sequence[TwoLooks], records: Records, gone: Sequence[Known], now: datetime) -> list[HealthRecord]:
    by_workspace: dict[str, list[TwoLooks]] = {}
    for one in looks:
        by_workspace.setdefault(one.last.workspace_id, []).append(one)
    return [without(updated(records.get(at), at, some, now), gone) for at, some in by_workspace.items()]


def _gone(scope: Scope, looks: Sequence[TwoLooks], records: Records) -> list[Known]:
    """What was known in workspaces that were listed now, is in scope, and is not there."""
    seen = {one.last.id.lower() for one in looks}
    listed = {one.last.workspace_id for one in looks if not one.last.trouble}
    known = [(record, one) for at, record in records.items() if at in listed for one in record.endpoints]
    return [
        one
        for record, one in known
        if one.id.lower() not in seen and scope.covers(record.workspace.rsplit("/", 1)[-1], one.name)
    ]


async def _bundles(folder: str, pairs: Sequence[_Pair], known: Mapping[str, Known], now: datetime) -> dict[str, str]:
    """Support bundles of the unhealthy endpoints that were looked at one by one."""
    incidents = [
        Incident(
            looks=tuple(look for look in (one.first, one.second) if look),
            case=one.last.case,
            since=known[one.last.summary.id].since,
        )
        for one in pairs
        if one.last.case and one.last.summary.health == "unhealthy"
    ]
    return await write_bundles(folder, incidents, now) if folder and incidents else {}


def _is_due(first: Summary, records: Records) -> bool:
    """Whether a second look is due: at news, and at what is down, for the facts behind it."""
    if first.kind == "workspace":
        return False
    return first.health in {"unhealthy", "unknown"} or is_news(_known(first, records), first.health)


def _known(summary: Summary, records: Records) -> Known | None:
    record = records.get(summary.workspace_id)
    return record.of(summary.id) if record else None


def _title(workspaces: Sequence[WorkspaceFacts]) -> str:
    names = [one.target.workspace for one in workspaces]
    return ", ".join(names) if len(names) < 4 else f"{names[0]} … {names[-1]} ({len(names)} workspaces)"
