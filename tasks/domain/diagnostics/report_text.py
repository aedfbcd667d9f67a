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

# What the checks are about, by the second part of their codes, in the order in which a person looks.
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
LEGEND: Final = "✓ well   ✗ failed   ! to be known   ? nobody could look   - does not apply here"


def bare(_tone: Tone, text: str) -> str:
    """No colors."""
    return text


@dataclass(frozen=True)
class Layout:
    """Where the text goes: its width in characters, how to color it, and whether what is well is listed too."""

    width: int = 100
    paint: Paint = bare
    is_long: bool = False


def endpoint_text(summary: Summary, findings: Iterable[Finding], layout: Layout | None = None) -> str:
    """Verdict, cause, evidence and fix, then what each group of checks found."""
    layout = layout or Layout()
    known = tuple(findings)
    lines = [_head(summary, layout), *_cause(summary, layout), "", *_groups(known, summary, layout)]
    return "\n".join(line.rstrip() for line in lines)


def _finding(finding: Finding, layout: Layout, told: str = "") -> list[str]:
    """A finding in a group: sign, code, and what was seen."""
    sign, tone = _SIGNS[finding.status]
    text = told or (finding.title if finding.status == "PASS" else finding.reason)
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
        return ["", *_labeled("Trouble", summary.trouble, layout)] if summary.trouble else []
    label = "Blind" if headline.status == "ERROR" else "Cause"
    lines = ["", *_labeled(label, f"{headline.code}  {headline.reason}", layout, "strong")]
    lines += _evidence(headline.evidence, layout)
    lines += _fix(headline.remedy, layout)
    lines += _labeled("Explains", _codes(summary.verdict.symptoms), layout)
    lines += _labeled("Look next", _codes(summary.verdict.suspects), layout)
    return [*lines, *_labeled("More", headline.doc, layout, "link")]


def _fix(remedy: str, layout: Layout) -> list[str]:
    """Each command on a line of its own that is not broken, so that it can be copied."""
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
    """What was seen and expected, in columns; a long name has a line of its own."""
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
    told = [layout.paint(_SIGNS[status][1], f"{_SIGNS[status][0]} {count}") for status, count in counts if count]
    return f"  {layout.paint('strong', f'{title:<18}')}{'   '.join(told)}"


def _group(findings: Sequence[Finding], summary: Summary, layout: Layout) -> list[str]:
    """What isn't well; and everything when asked for. What has been told above is only named."""
    shown = [one for one in findings if layout.is_long or not one.is_well]
    shown.sort(key=lambda one: (STATUSES.index(one.status), one.code))
    headline = summary.headline
    told = [one for one in shown if headline and (one.reason, one.status) == (headline.reason, headline.status)]
    lines = []
    for one in shown:
        if one not in told:
            note = " (a symptom)" if one in summary.verdict.symptoms else ""
            lines += _finding(one, layout, one.reason + note if note else "")
    return [*_above(told, layout), *lines]


def _above(told: Sequence[Finding], layout: Layout) -> list[str]:
    if not told:
        return []
    sign, tone = _SIGNS[told[0].status]
    first, *more = _wrapped(_codes(told) + ": see above", layout.width - 6)
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
    """Lines that break between words only: a command can be copied."""
    return textwrap.wrap(text, max(width, 30), break_long_words=False, break_on_hyphens=False)
