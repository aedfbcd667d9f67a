"""One run of the diagnostics: diagnose everything in scope, recheck what may have changed, and report."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prefect.logging import get_run_logger

from flows.diagnostics.rechecks import recheck
from tasks.checks.engine.diagnose import Round
from tasks.checks.engine.sources import Sources
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.clients.transport.time_limits import TimeLimits
from tasks.diagnostics.announce_changes import announce_changes
from tasks.diagnostics.diagnose_workspaces import diagnose_workspaces
from tasks.diagnostics.find_workspaces import find_workspaces
from tasks.diagnostics.keep_records import keep_records, read_records
from tasks.diagnostics.publish_diagnostics import publish_diagnostics
from tasks.diagnostics.write_bundles import Incident, write_bundles
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.diagnostics.health_record import EndpointRecord, HealthRecord, Recheck, is_news, updated, without
from tasks.domain.diagnostics.report import DiagnosticsReport, entry_of, worst_first
from tasks.domain.diagnostics.results import DiagnosisRequest, Samples
from tasks.domain.diagnostics.scope import Scope
from tasks.domain.diagnostics.subject import Expectations
from tasks.domain.diagnostics.summary import EndpointObservation, Summary
from tasks.runtime.artifact_keys import key_for
from tasks.runtime.azure import opened_sources

CHUNKS: Final = 30  # task runs for a fleet; Prefect shows more of them only later

Records = Mapping[str, HealthRecord]
Workspaces = Mapping[str, WorkspaceFacts]


@dataclass(frozen=True)
class DiagnosticsRequest:
    """The parameters of the flow."""

    scope: Scope
    samples: Samples
    expectations: Expectations
    recheck_seconds: float
    bundle_folder: str


@dataclass(frozen=True)
class Timing:
    """The clock and the time limits of a run."""

    clock: Clock = SYSTEM
    time_limits: TimeLimits | None = None


@dataclass(frozen=True)
class _Observed:
    """The results for one endpoint, with their findings."""

    first: EndpointObservation
    recheck: EndpointObservation | None = None

    @property
    def last(self) -> EndpointObservation:
        return self.recheck or self.first

    def against(self, record: HealthRecord | None) -> Recheck:
        return Recheck(
            known=record.of(self.first.summary.id) if record else None,
            recorded_at=record.looked_at if record else None,
            first=self.first.summary,
            second=self.recheck.summary if self.recheck else None,
        )


async def diagnose_scope(request: DiagnosticsRequest, timing: Timing | None = None) -> DiagnosticsReport:
    """Diagnose everything in scope, announce changes, save the health records, and publish the report.

    Raises:
        EndpointOpsError: When the scope itself can't be read.
    """
    timing = timing or Timing()
    began = timing.clock.now()
    scope = request.scope
    async with opened_sources(scope, time_limits=timing.time_limits, clock=timing.clock) as sources:
        workspaces = {one.target.workspace_id.lower(): one for one in await find_workspaces(sources, scope)}
        records = await read_records(list(workspaces))
        observed = await _observe(request, timing, sources, workspaces, records)
        requests = sources.reads.budgets.taken()
    now = timing.clock.now()
    report = await _conclude(request, observed, records, now)
    report = report.model_copy(update={"began": began, "seconds": (now - began).total_seconds(), "requests": requests})
    await publish_diagnostics(report_key(scope), report)
    return report


def report_key(scope: Scope) -> str:
    """Return the key of the report's artifacts, the same for every run over the same scope."""
    short = scope.title.replace(scope.subscription_id, scope.subscription_id[:8])
    return key_for("scoring-diagnostics", short, f"{scope.cloud} {scope.subscription_id} {scope.title}")


async def _observe(
    request: DiagnosticsRequest, timing: Timing, sources: Sources, workspaces: Workspaces, records: Records
) -> tuple[_Observed, ...]:
    spec = DiagnosisRequest(samples=request.samples, expectations=request.expectations)
    first = await _diagnose(Round(sources, spec), list(workspaces.values()), request.scope)
    due = [one.summary for one in first if _is_due(one.summary, records)]
    if any(is_news(_known(one, records), one.health) for one in due):
        get_run_logger().info("Rechecking %d endpoints in %.0f s", len(due), request.recheck_seconds)
        await timing.clock.asleep(request.recheck_seconds)
    fresh = sources.anew()
    try:
        rechecked = await recheck(Round(fresh, spec), workspaces, due)
    finally:
        fresh.close()
    return tuple(_Observed(one, rechecked.get(one.summary.id)) for one in first)


async def _diagnose(round_: Round, workspaces: Sequence[WorkspaceFacts], scope: Scope) -> list[EndpointObservation]:
    size = max(1, -(-len(workspaces) // CHUNKS))
    chunks = [workspaces[at : at + size] for at in range(0, len(workspaces), size)]
    found = await asyncio.gather(*(diagnose_workspaces(round_, one, scope, _title(one)) for one in chunks))
    return [one for chunk in found for one in chunk]


async def _conclude(
    request: DiagnosticsRequest, observed: Sequence[_Observed], records: Records, now: datetime
) -> DiagnosticsReport:
    """Announce changes, save records and support bundles, and return the report."""
    results = {one.first.summary.id: one.against(records.get(one.first.summary.workspace_id)) for one in observed}
    gone = _gone(request.scope, list(results.values()), records)
    updates = _updates(list(results.values()), records, gone, now)
    known = {one.id: one for record in updates for one in record.endpoints}
    bundles = await _bundles(request.bundle_folder, observed, known, now)
    await announce_changes(list(results.values()), now)
    await keep_records(updates)
    entries = [entry_of(one, known[at], bundles.get(at, "")) for at, one in results.items()]
    return DiagnosticsReport(
        scope=request.scope.title,
        began=now,
        previous=max((one.looked_at for one in records.values()), default=None),
        entries=worst_first(entries),
        gone=tuple(one.name for one in gone),
    )


def _updates(
    results: Sequence[Recheck], records: Records, gone: Sequence[EndpointRecord], now: datetime
) -> list[HealthRecord]:
    by_workspace: dict[str, list[Recheck]] = {}
    for one in results:
        by_workspace.setdefault(one.last.workspace_id, []).append(one)
    return [without(updated(records.get(at), at, some, now), gone) for at, some in by_workspace.items()]


def _gone(scope: Scope, results: Sequence[Recheck], records: Records) -> list[EndpointRecord]:
    """Return the recorded endpoints in scope that a complete list of their workspace no longer has."""
    seen = {one.last.id.lower() for one in results}
    listed = {one.last.workspace_id for one in results if not one.last.trouble}
    known = [(record, one) for at, record in records.items() if at in listed for one in record.endpoints]
    return [
        one
        for record, one in known
        if one.id.lower() not in seen and scope.covers(record.workspace.rsplit("/", 1)[-1], one.name)
    ]


async def _bundles(
    folder: str, ends: Sequence[_Observed], known: Mapping[str, EndpointRecord], now: datetime
) -> dict[str, str]:
    """Write support bundles of the unhealthy endpoints that were rechecked one by one; return their paths."""
    incidents = [
        Incident(
            looks=tuple(each for each in (one.first, one.recheck) if each),
            case=one.last.case,
            since=known[one.last.summary.id].since,
        )
        for one in ends
        if one.last.case and one.last.summary.health == "unhealthy"
    ]
    return await write_bundles(folder, incidents, now) if folder and incidents else {}


def _is_due(first: Summary, records: Records) -> bool:
    """A change of health is rechecked before it is announced; what is down, for the facts in its support bundle."""
    if first.kind == "workspace":
        return False
    return first.health in {"unhealthy", "unknown"} or is_news(_known(first, records), first.health)


def _known(summary: Summary, records: Records) -> EndpointRecord | None:
    record = records.get(summary.workspace_id)
    return record.of(summary.id) if record else None


def _title(workspaces: Sequence[WorkspaceFacts]) -> str:
    names = [one.target.workspace for one in workspaces]
    return ", ".join(names) if len(names) < 4 else f"{names[0]} … {names[-1]} ({len(names)} workspaces)"
