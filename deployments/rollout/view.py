"""A rollout on a terminal: each step with the numbers of both colors, the decision, and what the client saw."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from deployments.rollout.client import Seen
from deployments.rollout.stage import SCENARIOS
from tasks.domain.bake import Bake
from tasks.domain.measured import latency_text
from tasks.domain.rollout_report import Outcome, RolloutReport
from tasks.domain.rollout_text import message_of
from tasks.domain.traffic import share_of

PROMOTED, ROLLED_BACK, UNCHANGED, BROKEN = 0, 1, 2, 3
_STATUS: Final[Mapping[Outcome, int]] = {
    "promoted": PROMOTED,
    "shadowed": UNCHANGED,
    "superseded": UNCHANGED,
    "rolled_back": ROLLED_BACK,
    "refused": UNCHANGED,
    "stuck": BROKEN,
}
_WIDTH: Final = 100
_HEAD: Final = ("step", "color", "traffic", "probes", "users", "errors", "p50", "p95", "users' p50", "users' p95")


def status_of(report: RolloutReport, client: Seen) -> int:
    """0 promoted, 1 rolled back, 2 nothing changed; 3 where the rollout or the client saw what may not be."""
    return _STATUS[report.outcome] if client.is_as_promised else BROKEN


def scenarios_text() -> str:
    """What can be played, and how it ends."""
    return "\n".join(f"{one.name:<12} {one.outcome:<12} {one.sentence}" for one in SCENARIOS)


def rollout_text(report: RolloutReport, client: Seen) -> str:
    """All of it."""
    said = [_wrapped(line) for line in _decisions(report)]
    blocks = [_steps(report.bakes), "\n".join(said), "\n".join(_client(client, report.color))]
    return "\n\n".join(one for one in blocks if one)


def _wrapped(line: str) -> str:
    return textwrap.fill(line, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _steps(bakes: Iterable[Bake]) -> str:
    rows = [_HEAD, *(_row(bake, name) for bake in bakes for name in sorted(bake.tallies) if name)]
    if len(rows) == 1:
        return ""
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return "\n".join("  ".join(row).rstrip() for row in padded)


def _row(bake: Bake, name: str) -> tuple[str, ...]:
    one = bake.of(name)
    return (
        bake.title,
        name,
        f"{share_of(bake.traffic, name)} %",
        str(one.probes.samples),
        str(one.users.samples),
        f"{one.error_percent:.1f} %",
        latency_text(one.probes.p50_ms),
        latency_text(one.probes.p95_ms),
        latency_text(one.users.p50_ms),
        latency_text(one.users.p95_ms),
    )


def _decisions(report: RolloutReport) -> Iterator[str]:
    message = message_of(report)
    for bake in report.bakes:
        yield from (f"{bake.title}: {note}" for note in bake.notes)
        if one := bake.analysis:
            yield f"{bake.title}: {one.decision}" + (f": {one.reason}" if one.reason not in message else "")
    yield message
    if report.hint:
        yield f"Next: {report.hint}"
    if report.restored:
        yield report.restored


def _client(client: Seen, color: str) -> Iterator[str]:
    counts = ", ".join(
        f"{count} × {name or 'nobody'} {status or 'no answer'}"
        for (name, status), count in sorted(client.counts.items())
    )
    yield f"The client saw {counts}; {client.errors} errors {_mark(is_well=not client.errors)}"
    yield f"  before the first live step {client.early} of {color or 'a next color'} {_mark(is_well=not client.early)}"
    for one in client.steps:
        yield (
            f"  {one.title} {color} answered {one.answered} of {one.calls}; {one.fewest} to {one.most} are expected "
            f"{_mark(is_well=one.is_expected)}"
        )


def _mark(*, is_well: bool) -> str:
    return "✓" if is_well else "✗ NOT AS PROMISED"
