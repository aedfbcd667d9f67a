"""A diagnosis on a terminal, or as JSON for machines."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from tasks.domain.diagnoses import Diagnosis
from tasks.domain.diagnosis_text import LEGEND, TONES, Layout, Tone, bare, endpoint_text
from tasks.domain.diagnostics_report import DiagnosticsReport, Entry, by_cause, worst_first
from tasks.domain.finding import Finding
from tasks.domain.scope import Scope
from tasks.domain.summary import Summary, summaries_of

Format = Literal["text", "json"]

WELL, NOT_WELL, BLIND = 0, 1, 2
_WIDEST, _NARROWEST, _SHORT_LIST = 110, 60, 20
_COLORS: Final[Mapping[Tone, str]] = {
    "good": "32",
    "bad": "1;31",
    "warning": "33",
    "faint": "2",
    "strong": "1",
    "link": "4",
}


def say(text: str) -> None:
    """A line for the person who waits; on stderr, so that what is shown can be piped."""
    print(text, file=sys.stderr, flush=True)


def show(diagnosis: Diagnosis, scope: Scope, seconds: float, form: Format, *, is_long: bool) -> int:
    """Show it; returns the exit status."""
    report = report_of(diagnosis, scope, seconds)
    status = status_of(report)
    if form == "json":
        told = {"message": report.message, "exit_status": status, "seconds": round(seconds, 3)}
        print(json.dumps({**told, **diagnosis.model_dump(mode="json")}, indent=2))
    else:
        print(diagnosis_text(diagnosis, report, layout(is_long=is_long)))
    return status


def show_blind(why: str, form: Format) -> int:
    """Nobody could look; returns the exit status."""
    if form == "json":
        print(json.dumps({"message": why, "exit_status": BLIND}, indent=2))
    else:
        say(f"Could not look: {why}")
    return BLIND


def report_of(diagnosis: Diagnosis, scope: Scope, seconds: float) -> DiagnosticsReport:
    """The diagnosis as a report, worst first."""
    now = datetime.now(UTC)
    seen = (one for found in diagnosis.workspaces for one in summaries_of(found, bare=not scope.is_narrowed))
    entries = worst_first(Entry(**dict(one), since=now) for one in seen)
    return DiagnosticsReport(
        scope=scope.title, began=now, seconds=seconds, entries=entries, requests=diagnosis.requests
    )


def status_of(report: DiagnosticsReport) -> int:
    """0 when all is well, 1 when something is not, 2 when nobody could look."""
    if report.of("unhealthy") or report.of("degraded"):
        return NOT_WELL
    return BLIND if report.of("unknown") or not report.entries else WELL


def diagnosis_text(diagnosis: Diagnosis, report: DiagnosticsReport, shape: Layout) -> str:
    """What is not well in full, each cause once; what is well in a line each; one sentence at the end."""
    findings = _findings(diagnosis)
    if shape.is_long or len(report.entries) == 1:
        blocks = [endpoint_text(one, findings.get(one.id, ()), shape) for one in report.entries]
    else:
        ill = [one for one in report.entries if one.health != "healthy"]
        blocks = [_group(some, findings, shape) for some in by_cause(ill)]
        blocks.append(_well(report.of("healthy"), shape))
    tone: Tone = TONES[report.entries[0].health] if report.entries else "warning"
    end = [shape.paint("faint", LEGEND)] if shape.is_long or report.counts["healthy"] != len(report.entries) else []
    end += [shape.paint(tone, report.headline)] if len(report.entries) != 1 else []
    rule = shape.paint("faint", "─" * shape.width)
    told = [one for one in (*blocks, "\n".join([*end, shape.paint("faint", _cost(report))])) if one]
    return f"\n{rule}\n".join(told)


def _group(entries: Sequence[Entry], findings: Mapping[str, tuple[Finding, ...]], shape: Layout) -> str:
    """The first one in full, and where else it is the same."""
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


def _findings(diagnosis: Diagnosis) -> dict[str, tuple[Finding, ...]]:
    """By id: an endpoint's own and its workspace's, which hold for it too."""
    found = {one.id: one.findings for one in diagnosis.workspaces}
    for workspace in diagnosis.workspaces:
        found |= {one.id: (*workspace.findings, *one.findings) for one in workspace.endpoints}
    return found


def _well(summaries: Sequence[Summary], shape: Layout) -> str:
    lines = [f"{shape.paint('good', '✓')} {one.path}{_latency(one, shape)}" for one in summaries[:_SHORT_LIST]]
    more = len(summaries) - _SHORT_LIST
    return "\n".join([*lines, *([f"  and {more} more healthy ones"] if more > 0 else [])])


def _latency(summary: Summary, shape: Layout) -> str:
    if summary.latency_seconds is None:
        return ""
    return shape.paint("faint", f"  {summary.latency_seconds * 1000:.0f} ms")


def _cost(report: DiagnosticsReport) -> str:
    reads, writes = report.requests.get("reads", 0), report.requests.get("writes", 0)
    return f"{report.scope}, {report.seconds:.1f} s, {reads} reads and {writes} writes of Azure's control plane"


def scenarios_text(scenarios: Sequence[Mapping[str, Any]], form: Format) -> str:
    """The states that an emulator can be put into, with the root cause that a diagnosis has to name."""
    if form == "json":
        return json.dumps(list(scenarios), indent=2)
    shape = layout(is_long=False)
    widest = max(len(one["name"]) for one in scenarios)
    return "\n".join(
        f"{one['name']:<{widest}}  {shape.paint(TONES[one['health']], one['health'].ljust(9))}  "
        f"{one['cause'] or '-':<15}  {one['sentence']}"
        for one in scenarios
    )


def layout(*, is_long: bool) -> Layout:
    """As wide as the terminal; in color where there is one and nobody said NO_COLOR."""
    width = min(max(shutil.get_terminal_size((100, 40)).columns, _NARROWEST), _WIDEST)
    return Layout(width, bare if os.environ.get("NO_COLOR") or not sys.stdout.isatty() else _paint, is_long=is_long)


def _paint(tone: Tone, text: str) -> str:
    return f"\x1b[{_COLORS[tone]}m{text}\x1b[0m" if text else text
