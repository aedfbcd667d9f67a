"""A rollout on a terminal: the measurements of both colors in each step, the decision, and the client's calls."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from deployments.console import Output, rows_text
from deployments.rollout.client import Answers
from deployments.rollout.stage import SCENARIOS
from tasks.domain.azure.traffic import share_of
from tasks.domain.rollout.measurements import latency_text
from tasks.domain.rollout.report import Outcome, RolloutReport
from tasks.domain.rollout.report_page import message_of
from tasks.domain.rollout.step_result import Bake

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


def status_of(report: RolloutReport, client: Answers) -> int:
    """Return 0 promoted, 1 rolled back, 2 nothing changed; 3 where a call failed that must not fail."""
    return _STATUS[report.outcome] if client.is_as_expected else BROKEN


def scenarios_text(output: Output) -> str:
    """Return the scenarios, and how each ends."""
    return rows_text(
        [{"scenario": one.name, "outcome": one.outcome, "description": one.sentence} for one in SCENARIOS], output
    )


def rollout_text(report: RolloutReport, client: Answers) -> str:
    """Return the whole report."""
    lines = [_wrapped(line) for line in _decisions(report)]
    blocks = [_steps(report.bakes), "\n".join(lines), "\n".join(_client(client, report.color))]
    return "\n\n".join(one for one in blocks if one)


def _wrapped(line: str) -> str:
    return textwrap.fill(line, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _steps(bakes: Iterable[Bake]) -> str:
    rows = [_row(bake, name) for bake in bakes for name in sorted(bake.tallies) if name]
    return rows_text(rows, "table") if rows else ""


def _row(bake: Bake, name: str) -> Mapping[str, str]:
    one = bake.of(name)
    return {
        "step": bake.title,
        "color": name,
        "traffic": f"{share_of(bake.traffic, name)} %",
        "probes": str(one.probes.samples),
        "users": str(one.users.samples),
        "errors": f"{one.error_percent:.1f} %",
        "p50": latency_text(one.probes.p50_ms),
        "p95": latency_text(one.probes.p95_ms),
        "users' p50": latency_text(one.users.p50_ms),
        "users' p95": latency_text(one.users.p95_ms),
    }


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


def _client(client: Answers, color: str) -> Iterator[str]:
    counts = ", ".join(
        f"{count} × {name or 'no color'} {status or 'no answer'}"
        for (name, status), count in sorted(client.counts.items())
    )
    yield f"The client got {counts}; {client.errors} errors {_mark(is_expected=not client.errors)}"
    early = f"{client.early} from {color or 'a candidate'} before its first live step"
    yield f"  {early} {_mark(is_expected=not client.early)}"
    for one in client.steps:
        yield (
            f"  {one.title} {color} answered {one.answered} of {one.calls}; expected {one.fewest} to {one.most} "
            f"{_mark(is_expected=one.is_expected)}"
        )


def _mark(*, is_expected: bool) -> str:
    return "✓" if is_expected else "✗ NOT AS EXPECTED"
