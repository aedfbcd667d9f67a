"""The diagnostics' report as a short Markdown page, and as the rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tasks.domain.common.markdown import escaped, section, table, with_commands
from tasks.domain.diagnostics.chart import MARKS, chart_markdown, marks, sparkline
from tasks.domain.diagnostics.finding import Evidence, Finding
from tasks.domain.diagnostics.report import DiagnosticsReport, Entry, by_cause
from tasks.domain.diagnostics.verdict import Health

_MAX_CAUSES: Final = 10  # shown in full; the table has all
_MAX_NAMES: Final = 12
_MAX_BUNDLES: Final = 3
_MAX_LINES: Final = 15  # of changes
_MAX_CELL: Final = 60  # characters; a longer one is cut off at a table's edge

_SECTIONS: Final[tuple[tuple[Health, str], ...]] = (
    ("unhealthy", "Unhealthy"),
    ("unknown", "Not checked"),
    ("degraded", "Degraded"),
)


def diagnostics_markdown(report: DiagnosticsReport) -> str:
    """Return the page: worst first, the changes, and cause, evidence and fix of each fault."""
    sections = [
        f"# Scoring diagnostics: {report.scope}",
        f"**{escaped(report.headline)}**",
        _facts(report),
        chart_markdown([one.nights for one in report.entries]),
        section(f"Changed since {_since(report)}", _changes(report)),
        *(section(title, _causes(report.of(health))) for health, title in _SECTIONS),
    ]
    return "\n\n".join(one for one in sections if one) + "\n"


def diagnostics_rows(report: DiagnosticsReport) -> list[dict[str, str]]:
    """Return one row per endpoint, worst first; Prefect's UI reads its cells as Markdown, too."""
    return [
        {
            "endpoint": one.name if one.kind == "endpoint" else f"(workspace {one.name})",
            "health": f"{MARKS[one.health]} {one.health}",
            "code": one.code,
            "runs": marks(one.nights),
            "latency": _milliseconds(one.latency_seconds),
            "workspace": f"{one.resource_group}/{one.workspace}",
            "since": f"{one.since:%Y-%m-%d %H:%M}",
            "why": escaped(one.headline.reason if one.headline else one.trouble),
        }
        for one in report.entries
    ]


def _facts(report: DiagnosticsReport) -> str:
    sent = " and ".join(f"{count} {kind}" for kind, count in report.requests.items() if count)
    facts = [
        f"{report.began:%Y-%m-%d %H:%M} UTC",
        f"{report.seconds:.0f} s",
        f"{sent} of the control plane" if sent else "",
    ]
    return " · ".join(one for one in facts if one)


def _since(report: DiagnosticsReport) -> str:
    return f"{report.previous:%Y-%m-%d %H:%M} UTC" if report.previous else "the last run (this is the first)"


def _changes(report: DiagnosticsReport) -> str:
    lines = [f"{_names(some)}{change}" for change, some in _grouped(report.entries).items()]
    lines += [
        f"**{one.name}** flapped: {escaped(one.flapped)}; healthy again at the recheck"
        for one in report.entries
        if one.flapped
    ]
    lines += [f"**{name}** no longer exists" for name in report.gone]
    more = [f"and {len(lines) - _MAX_LINES} more: see the table"] if len(lines) > _MAX_LINES else []
    return "\n".join(f"- {one}" for one in [*lines[:_MAX_LINES], *more]) or "Nothing."


def _grouped(entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Group the names of endpoints that changed in the same way."""
    groups: dict[str, list[str]] = {}
    for one in entries:
        if one.is_changed:
            groups.setdefault(_change(one), []).append(one.name)
    return groups


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(f"**{one}**" for one in names[:_MAX_NAMES]) + more


def _change(entry: Entry) -> str:
    was = entry.was or "new"
    code = f" ({entry.code})" if entry.code else ""
    if entry.was == entry.health:
        return f": still {entry.health}, for another reason: {entry.was_code} → {entry.code}"
    return f": {was} → **{entry.health}**{code}"


def _causes(entries: Sequence[Entry]) -> str:
    """Return the causes; endpoints with the same cause and fix share one."""
    groups = by_cause(entries)
    causes = [_cause(one) for one in groups[:_MAX_CAUSES]]
    if len(groups) > _MAX_CAUSES:
        causes.append(f"And {len(groups) - _MAX_CAUSES} more causes: see the table.")
    return "\n\n".join(causes)


def _cause(entries: Sequence[Entry]) -> str:
    first, headline = entries[0], entries[0].headline
    what = (
        first.name if len(entries) == 1 else f"{len(entries)} {'endpoints' if first.kind == 'endpoint' else 'of them'}"
    )
    parts = [f"### {what}{': ' + headline.code if headline else ''}", _where(entries)]
    if headline is None:
        return "\n\n".join([*parts, escaped(first.trouble)])
    parts += [escaped(headline.reason), _evidence(headline), _fix(headline.remedy)]
    return "\n\n".join(one for one in [*parts, _more(entries, headline)] if one)


def _fix(remedy: str) -> str:
    text = with_commands(remedy)
    return f"**Fix.**\n\n{text}" if text.startswith("```") else f"**Fix.** {text}"


def _where(entries: Sequence[Entry]) -> str:
    if len(entries) == 1:
        one, speed = entries[0], sparkline(entries[0].nights)
        parts = [f"`{one.path}`", f"since {one.since:%Y-%m-%d %H:%M} UTC", f"last runs {marks(one.nights)}"]
        return " · ".join([*parts, *([f"latency {speed}"] if speed else [])])
    names = ", ".join(f"`{one.path}`" for one in entries[:_MAX_NAMES])
    return names + (f" and {len(entries) - _MAX_NAMES} more" if len(entries) > _MAX_NAMES else "")


def _evidence(finding: Finding) -> str:
    """Return a table, or a list where a cell is too long for a table."""
    if any(len(one.seen) > _MAX_CELL for one in finding.evidence):
        return "\n".join(_seen(one) for one in finding.evidence)
    rows = [(escaped(one.what), escaped(one.seen), escaped(one.expected)) for one in finding.evidence]
    if any(one.expected for one in finding.evidence):
        return table(("item", "observed", "expected"), rows)
    return table(("item", "observed"), [row[:2] for row in rows])


def _seen(evidence: Evidence) -> str:
    expected = f" (expected: {escaped(evidence.expected)})" if evidence.expected else ""
    return f"- **{escaped(evidence.what)}**: {escaped(evidence.seen)}{expected}"


def _more(entries: Sequence[Entry], headline: Finding) -> str:
    entry = entries[0]
    parts = [
        _codes("Explains", entry.verdict.symptoms),
        _codes("Other suspects:", entry.verdict.suspects),
        _codes("Not checked:", [one for one in entry.verdict.not_looked_at if one is not headline]),
        _bundles(entries),
        f"[Documentation]({headline.doc})" if headline.doc else "",
    ]
    return " · ".join(one for one in parts if one)


def _bundles(entries: Sequence[Entry]) -> str:
    paths = [f"`{one.bundle}`" for one in entries if one.bundle]
    more = f" and {len(paths) - _MAX_BUNDLES} more" if len(paths) > _MAX_BUNDLES else ""
    return f"Support bundle: {', '.join(paths[:_MAX_BUNDLES])}{more}" if paths else ""


def _codes(words: str, findings: Iterable[Finding]) -> str:
    codes = ", ".join(dict.fromkeys(one.code for one in findings))
    return f"{words} {codes}" if codes else ""


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.0f} ms"
