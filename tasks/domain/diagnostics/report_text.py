"""One endpoint's diagnosis as plain text, for a terminal of a given width and for files."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tasks.domain.common.commands import split_commands
from tasks.domain.diagnostics.finding import STATUSES, Evidence, Finding, Status
from tasks.domain.diagnostics.summary import Summary
from tasks.domain.diagnostics.verdict import Health

Tone = Literal["good", "bad", "warning", "faint", "strong", "link"]
Paint = Callable[[Tone, str], str]

# Groups of checks, by the second part of their codes, in the order of investigation.
GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Workspace", ("WS", "NET", "REG")),
    ("Key vault", ("KV",)),
    ("Legacy isolation", ("EGR",)),
    ("Resolution", ("PE", "DNS")),
    ("Kubernetes", ("K8S",)),
    ("Scoring", ("END", "DEP", "TRF", "TLS", "CALL", "ISO")),
    ("Logs", ("LOG",)),
)
TONES: Final[dict[Health, Tone]] = {"healthy": "good", "degraded": "warning", "unhealthy": "bad", "unknown": "warning"}
_SIGNS: Final[dict[Status, tuple[str, Tone]]] = {
    "FAIL": ("✗", "bad"),
    "ERROR": ("?", "warning"),
    "WARN": ("!", "warning"),
    "SKIP": ("-", "faint"),
    "PASS": ("✓", "good"),
}
_LABEL: Final = 10
_CODE: Final = 16
_NAME: Final = 36
LEGEND: Final = "✓ passed   ✗ failed   ! warning   ? not checked   - not applicable"


def bare(_tone: Tone, text: str) -> str:
    """Return the text without colors."""
    return text


@dataclass(frozen=True)
class Layout:
    """The layout: width in characters, how to color text, and whether to list passed checks."""

    width: int = 100
    paint: Paint = bare
    is_long: bool = False


def endpoint_text(summary: Summary, findings: Iterable[Finding], layout: Layout | None = None) -> str:
    """Return verdict, cause, evidence and fix, then the findings of each group of checks."""
    layout = layout or Layout()
    known = tuple(findings)
    lines = [_head(summary, layout), *_cause(summary, layout), "", *_groups(known, summary, layout)]
    return "\n".join(line.rstrip() for line in lines)


def _finding(finding: Finding, layout: Layout, shown: str = "") -> list[str]:
    """Return a finding in a group: sign, code, and observation."""
    sign, tone = _SIGNS[finding.status]
    text = shown or (finding.title if finding.status == "PASS" else finding.reason)
    head = f"    {layout.paint(tone, sign)} {finding.code:<{_CODE}}"
    first, *more = _wrapped(text, layout.width - 6 - _CODE) or [""]
    return [head + first, *(" " * (6 + _CODE) + line for line in more)]


def _head(summary: Summary, layout: Layout) -> str:
    verdict = summary.health.upper()
    gap = " " * max(2, layout.width - len(summary.path) - len(verdict))
    return layout.paint("strong", summary.path) + gap + layout.paint(TONES[summary.health], verdict)


def _cause(summary: Summary, layout: Layout) -> list[str]:
    headline = summary.headline
    if headline is None:
        return ["", *_labeled("Error", summary.trouble, layout)] if summary.trouble else []
    label = "Unchecked" if headline.status == "ERROR" else "Cause"
    lines = ["", *_labeled(label, f"{headline.code}  {headline.reason}", layout, "strong")]
    lines += _evidence(headline.evidence, layout)
    lines += _fix(headline.remedy, layout)
    lines += _labeled("Explains", _codes(summary.verdict.symptoms), layout)
    lines += _labeled("Suspects", _codes(summary.verdict.suspects), layout)
    return [*lines, *_labeled("More", headline.doc, layout, "link")]


def _fix(remedy: str, layout: Layout) -> list[str]:
    """Return the fix with each command on an unbroken line of its own, ready to copy."""
    if not remedy:
        return []
    prose, *rest = split_commands(remedy)
    before = prose.strip(" (")
    lines = _labeled("Fix", before, layout) or [_head_of("Fix", layout)]
    for at, (command, then) in enumerate(zip(rest[::2], rest[1::2], strict=True)):
        painted = layout.paint("strong", command)
        if at == 0 and not before:
            lines = [_head_of("Fix", layout) + painted]
        else:
            lines.append(" " * (_LABEL + 4) + painted)
        lines += [" " * (_LABEL + 2) + line for line in _wrapped(then.strip(" .;,)"), layout.width - _LABEL - 2)]
    return lines


def _evidence(evidence: Sequence[Evidence], layout: Layout) -> list[str]:
    """Return observed and expected values in columns; a long name has a line of its own."""
    names = max((len(one.what) for one in evidence if len(one.what) <= _NAME), default=0)
    lines = []
    for one in evidence:
        margin = " " * (_LABEL + names + 4)
        name = layout.paint("faint", f"{one.what:<{names}}")
        expected = f"  (expected: {one.expected})" if one.expected and one.expected != one.seen else ""
        seen = _wrapped(one.seen + expected, layout.width - len(margin)) or [""]
        if len(one.what) > _NAME:
            lines += [" " * (_LABEL + 2) + name, *(margin + line for line in seen)]
        else:
            lines += [f"{' ' * (_LABEL + 2)}{name}  {seen[0]}", *(margin + line for line in seen[1:])]
    return lines


def _groups(findings: Sequence[Finding], summary: Summary, layout: Layout) -> list[str]:
    lines = []
    for title, kinds in GROUPS:
        here = [one for one in findings if one.code.split("-")[1] in kinds]
        if here:
            lines += [_group_head(title, here, layout), *_group(here, summary, layout)]
    return lines


def _group_head(title: str, findings: Sequence[Finding], layout: Layout) -> str:
    counts = ((status, sum(one.status == status for one in findings)) for status in STATUSES)
    parts = [layout.paint(_SIGNS[status][1], f"{_SIGNS[status][0]} {count}") for status, count in counts if count]
    return f"  {layout.paint('strong', f'{title:<18}')}{'   '.join(parts)}"


def _group(findings: Sequence[Finding], summary: Summary, layout: Layout) -> list[str]:
    """Return the findings that need attention, or all in the long layout. Those shown above are only named."""
    shown = [one for one in findings if layout.is_long or not one.is_healthy]
    shown.sort(key=lambda one: (STATUSES.index(one.status), one.code))
    headline = summary.headline
    named = [one for one in shown if headline and (one.reason, one.status) == (headline.reason, headline.status)]
    lines = []
    for one in shown:
        if one not in named:
            note = " (a symptom)" if one in summary.verdict.symptoms else ""
            lines += _finding(one, layout, one.reason + note if note else "")
    return [*_above(named, layout), *lines]


def _above(named: Sequence[Finding], layout: Layout) -> list[str]:
    if not named:
        return []
    sign, tone = _SIGNS[named[0].status]
    first, *more = _wrapped(_codes(named) + ": see above", layout.width - 6)
    return [f"    {layout.paint(tone, sign)} {first}", *(" " * 6 + line for line in more)]


def _labeled(label: str, text: str, layout: Layout, tone: Tone | None = None) -> list[str]:
    if not text:
        return []
    first, *more = _wrapped(text, layout.width - _LABEL - 2)
    painted = [layout.paint(tone, line) if tone else line for line in (first, *more)]
    return [_head_of(label, layout) + painted[0], *(" " * (_LABEL + 2) + line for line in painted[1:])]


def _head_of(label: str, layout: Layout) -> str:
    return f"  {layout.paint('faint', f'{label:<{_LABEL}}')}"


def _codes(findings: Iterable[Finding]) -> str:
    return ", ".join(dict.fromkeys(one.code for one in findings))


def _wrapped(text: str, width: int) -> list[str]:
    """Wrap text between words only, so that a command can be copied."""
    return textwrap.wrap(text, max(width, 30), break_long_words=False, break_on_hyphens=False)
