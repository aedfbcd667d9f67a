"""The pages of a rollout: the approval question before 100 percent, the run's last line, and the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tasks.domain.azure.traffic import share_of
from tasks.domain.common.markdown import code_block, escaped, table
from tasks.domain.rollout.analysis import Analysis
from tasks.domain.rollout.chart import chart_markdown
from tasks.domain.rollout.measurements import faults_text
from tasks.domain.rollout.plan import RolloutPlan
from tasks.domain.rollout.report import Outcome, RolloutReport
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.step_result import Bake

_LEGEND: Final = (
    "p50 and p95: the median and the 95th percentile of probes, and after the slash those of users' calls. Log "
    "Analytics receives users' calls minutes late: a step counts those received when it was judged, and the next "
    "step judges it again."
)
_OUTCOMES: Final[Mapping[Outcome, str]] = {
    "promoted": "Promoted",
    "shadowed": "Shadowed",
    "superseded": "Superseded",
    "rolled_back": "Rolled back",
    "refused": "Refused",
    "stuck": "NOT rolled back: act now",
}


def message_of(report: RolloutReport) -> str:
    """Return one line for the run's state."""
    color = report.color
    if report.outcome == "promoted":
        return f"{report.endpoint} serves {report.title} from {color}, as scoring calls verified."
    reason = report.reason.partition("\n")[0]
    if report.outcome == "shadowed":
        return f"{color} with {report.title} was healthy on mirror traffic of {report.endpoint}; nothing else changed."
    if report.outcome == "superseded":
        return f"{report.title} was not rolled out: {reason}"
    if report.outcome == "refused":
        done = f"{color}, begun by an earlier attempt, was rolled back, and nothing else" if color else "Nothing"
        return f"{done} was changed: {reason}"
    if report.outcome == "stuck":
        return f"{color} was not promoted, and the rollback failed: {reason}"
    return f"{color} was rolled back: {reason}"


def question_markdown(plan: RolloutPlan, bakes: tuple[Bake, ...]) -> str:
    """Return the page for the approval of 100 percent."""
    head = f"# Send all traffic of {escaped(plan.endpoint)} to {plan.color}?\n\nNew: {escaped(plan.title)}."
    return f"{head} Rejection or no answer rolls back to {shares_text(plan.live)}.\n\n{steps_markdown(bakes)}\n"


def inconclusive_markdown(rollout: Rollout, bake: Bake) -> str:
    """Return the page for the approval of a step with too few samples."""
    head = f"# Continue with {rollout.color} on {escaped(rollout.endpoint)} despite too few samples?"
    return f"{head}\n\nRejection or no answer rolls back to {shares_text(rollout.live)}.\n\n{steps_markdown((bake,))}\n"


def report_markdown(report: RolloutReport) -> str:
    """Return the report of the whole rollout."""
    parts = [
        f"# Rollout to {escaped(report.endpoint)}: {escaped(report.title)}",
        f"**{_OUTCOMES[report.outcome]}** after {_time(report.seconds)}. {escaped(message_of(report))}",
        f"**Next:** {escaped(report.hint)}" if report.hint else "",
        _manual_rollback(report) if report.outcome == "stuck" and not report.is_final else "",
        f"Decided by {escaped(report.decided_by)}." if report.decided_by else "",
        code_block(report.reason) if "\n" in report.reason else "",
        _plan(report.plan) if report.plan else "",
        f"## Steps\n\n{chart_markdown(report.bakes)}\n\n{steps_markdown(report.bakes)}" if report.bakes else "",
        f"## Rollback\n\n{escaped(report.restored)}" if report.restored else "",
        f"## Timeline\n\n{_timeline(report)}" if report.timeline else "",
        "## Notes\n\n" + "\n".join(f"* {escaped(note)}" for note in report.notes) if report.notes else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _manual_rollback(report: RolloutReport) -> str:
    """Return the manual rollback, for a rollout that is stuck."""
    recover = "## Act now\n\nRun the deployment *recover*: it rolls back the traffic."
    if not report.plan:
        return recover
    live = " ".join(f"{name}={percent}" for name, percent in {report.color: 0, **report.plan.live}.items())
    command = f'az ml online-endpoint update --name {report.endpoint} --traffic "{live}"'
    return (
        f"{recover} Or roll back manually, with the endpoint's resource group and workspace:\n\n{code_block(command)}"
    )


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def shares_text(shares: Mapping[str, int]) -> str:
    """Return a traffic map in words."""
    return ", ".join(f"{name} {percent} %" for name, percent in shares.items() if percent) or "no deployment"


def _timeline(report: RolloutReport) -> str:
    return table(("after", "what"), [(_time(one.seconds), escaped(one.what)) for one in report.timeline])


def _plan(plan: RolloutPlan) -> str:
    rows = [
        ("live traffic", shares_text(plan.live)),
        ("stable", plan.source),
        ("candidate", f"{plan.color}, replacing one without traffic" if plan.leftover else plan.color),
        ("endpoint health", plan.health),
        *(("note", note) for note in plan.notes),
    ]
    return f"## Plan\n\n{table(('item', 'value'), rows)}"


def steps_markdown(bakes: tuple[Bake, ...]) -> str:
    """Return each step with the numbers of both colors, and the decision."""
    rows = [_row(bake, name) for bake in bakes for name in sorted({*bake.tallies, *bake.users})]
    head = ("step", "color", "probes", "users", "errors", "p50 ms", "p95 ms")
    decisions = [_decided(bake, one) for bake in bakes if (one := bake.analysis)]
    notes = [f"* {bake.title}: {escaped(note)}" for bake in bakes for note in bake.notes]
    return "\n\n".join(
        part for part in (table(head, rows), _LEGEND if rows else "", "\n".join([*decisions, *notes])) if part
    )


def _decided(bake: Bake, found: Analysis) -> str:
    """Return the decision, with its reason where it says more than the table."""
    return f"* {bake.title}: {found.decision}" + (f": {escaped(found.reason)}" if found.decision != "success" else "")


def _row(bake: Bake, name: str) -> tuple[object, ...]:
    seen = bake.of(name)
    faults = "; ".join(
        f"{who} {faults_text(one)}" for who, one in (("probes", seen.probes), ("users", seen.users)) if one.faults
    )
    share = "mirror" if bake.mirror and not share_of(bake.traffic, name) else f"{share_of(bake.traffic, name)} %"
    return (
        bake.title,
        f"{name} {share}" if name else "unknown",
        seen.probes.calls,
        seen.users.calls,
        f"{seen.error_percent:.1f} %" + (f": {faults}" if faults else ""),
        _both(seen.probes.p50_ms, seen.users.p50_ms),
        _both(seen.probes.p95_ms, seen.users.p95_ms),
    )


def _both(probes: float | None, users: float | None) -> str:
    """Return the latency of probes, and that of users' calls at the endpoint where known."""
    first, *rest = ("–" if one is None else f"{one:.0f}" for one in (probes, users))
    return first if users is None else " / ".join((first, *rest))
