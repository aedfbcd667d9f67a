"""A diagnosis on a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.color import ColorSystem
from rich.style import Style

from deployments.console import console
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.report import DiagnosticsReport, Entry, by_cause, worst_first
from tasks.domain.diagnostics.report_text import LEGEND, TONES, Layout, Tone, bare, endpoint_text
from tasks.domain.diagnostics.results import Diagnosis
from tasks.domain.diagnostics.scope import Scope
from tasks.domain.diagnostics.summary import Summary, summaries_of

HEALTHY, NOT_HEALTHY, NOT_CHECKED = 0, 1, 2
_WIDEST, _NARROWEST, _SHORT_LIST = 110, 60, 20
STYLES: Final[Mapping[Tone, str]] = {
    "good": "green",
    "bad": "bold red",
    "warning": "yellow",
    "faint": "dim",
    "strong": "bold",
    "link": "underline",
}


def report_of(diagnosis: Diagnosis, scope: Scope, seconds: float) -> DiagnosticsReport:
    """Return the diagnosis as a report, worst first."""
    now = datetime.now(UTC)
    seen = (one for found in diagnosis.workspaces for one in summaries_of(found, bare=not scope.is_narrowed))
    entries = worst_first(Entry(**dict(one), since=now) for one in seen)
    return DiagnosticsReport(
        scope=scope.title, began=now, seconds=seconds, entries=entries, requests=diagnosis.requests
    )


def status_of(report: DiagnosticsReport) -> int:
    """Return 0 healthy, 1 not healthy, 2 not checked."""
    if report.of("unhealthy") or report.of("degraded"):
        return NOT_HEALTHY
    return NOT_CHECKED if report.of("unknown") or not report.entries else HEALTHY


def diagnosis_text(diagnosis: Diagnosis, report: DiagnosticsReport, shape: Layout) -> str:
    """Return what is not healthy in full, each cause once; a line for each healthy endpoint; a sentence at the end."""
    findings = findings_by_id(diagnosis)
    if shape.is_long or len(report.entries) == 1:
        blocks = [endpoint_text(one, findings.get(one.id, ()), shape) for one in report.entries]
    else:
        broken = [one for one in report.entries if one.health != "healthy"]
        blocks = [_group(some, findings, shape) for some in by_cause(broken)]
        blocks.append(_healthy(report.of("healthy"), shape))
    tone: Tone = TONES[report.entries[0].health] if report.entries else "warning"
    end = [shape.paint("faint", LEGEND)] if shape.is_long or report.counts["healthy"] != len(report.entries) else []
    end += [shape.paint(tone, report.headline)] if len(report.entries) != 1 else []
    rule = shape.paint("faint", "─" * shape.width)
    parts = [one for one in (*blocks, "\n".join([*end, shape.paint("faint", _cost(report))])) if one]
    return f"\n{rule}\n".join(parts)


def _group(entries: Sequence[Entry], findings: Mapping[str, tuple[Finding, ...]], shape: Layout) -> str:
    """Return the first one in full, and the names of the others."""
    text = endpoint_text(entries[0], findings.get(entries[0].id, ()), shape)
    if len(entries) == 1:
        return text
    others = [one.path for one in entries[1 : _SHORT_LIST + 1]]
    more = [f"and {len(entries) - _SHORT_LIST - 1} more"] if len(entries) > _SHORT_LIST + 1 else []
    return "\n".join(
        [
            text,
            "",
            shape.paint("strong", f"  The same at {len(entries) - 1} more:"),
            *(f"    {one}" for one in [*others, *more]),
        ]
    )


def findings_by_id(diagnosis: Diagnosis) -> dict[str, tuple[Finding, ...]]:
    """Return the findings by ARM id: an endpoint's own and its workspace's, which hold for it, too."""
    found = {one.id: one.findings for one in diagnosis.workspaces}
    for workspace in diagnosis.workspaces:
        found |= {one.id: (*workspace.findings, *one.findings) for one in workspace.endpoints}
    return found


def _healthy(summaries: Sequence[Summary], shape: Layout) -> str:
    lines = [f"{shape.paint('good', '✓')} {one.path}{_latency(one, shape)}" for one in summaries[:_SHORT_LIST]]
    more = len(summaries) - _SHORT_LIST
    return "\n".join([*lines, *([f"  and {more} more healthy endpoints"] if more > 0 else [])])


def _latency(summary: Summary, shape: Layout) -> str:
    if summary.latency_seconds is None:
        return ""
    return shape.paint("faint", f"  {summary.latency_seconds * 1000:.0f} ms")


def _cost(report: DiagnosticsReport) -> str:
    reads, writes = report.requests.get("reads", 0), report.requests.get("writes", 0)
    return f"{report.scope}, {report.seconds:.1f} s, {reads} reads and {writes} writes of Azure's control plane"


def layout(*, is_long: bool) -> Layout:
    """Return the terminal's layout: its width within limits, and its colors unless NO_COLOR is set."""
    colors = console().color_system if sys.stdout.isatty() else None
    width = min(max(shutil.get_terminal_size((100, 40)).columns, _NARROWEST), _WIDEST)
    return Layout(width, _paint if colors else bare, is_long=is_long)


def _paint(tone: Tone, text: str) -> str:
    return Style.parse(STYLES[tone]).render(text, color_system=ColorSystem.STANDARD)
