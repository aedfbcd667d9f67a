"""What a person reads of a rollout: the question before 100 percent, the run's last line, and the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tasks.domain.azure.traffic import share_of
from tasks.domain.common.markdown import code_block, plain, table
from tasks.domain.rollout.analysis import Analysis
from tasks.domain.rollout.measurements import faults_text
from tasks.domain.rollout.plan import RolloutPlan
from tasks.domain.rollout.report import Outcome, RolloutReport
from tasks.domain.rollout.state import Rollout
from tasks.domain.rollout.chart import picture_markdown
from tasks.domain.rollout.step_result import Bake

_LEGEND: Final = (
    "p50 and p95: the median and the 95th percentile of probes, and after the stroke those of users' calls. Log "
    "Analytics gets users' calls minutes late: counted is what it had when the step was judged, and each step judges "
    "the one before it again."
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
    """One line for the run's state."""
    color = report.color
    if report.outcome == "promoted":
        return f"{report.endpoint} serves {report.title} from {color}, verified by who answers."
    reason = report.reason.partition("\n")[0]
    if report.outcome == "shadowed":
        return (
            f"{color} with {report.title} was well on copies of the traffic of {report.endpoint}, which is as before."
        )
    if report.outcome == "superseded":
        return f"{report.title} was not rolled out: {reason}"
    if report.outcome == "refused":
        done = f"{color}, begun by an earlier try, was taken back, and nothing else" if color else "Nothing"
        return f"{done} was changed: {reason}"
    if report.outcome == "stuck":
        return f"{color} was not promoted, and the traffic could not be put back: {reason}"
    return f"{color} was taken back: {reason}"


def question_markdown(plan: RolloutPlan, bakes: tuple[Bake, ...]) -> str:
    """What the one who decides about 100 percent needs to know."""
    asked = f"# All traffic of {plain(plan.endpoint)} to {plan.color}?\n\nNew is: {plain(plan.title)}."
    return f"{asked} A refusal, or no answer, rolls back to {shares_text(plan.live)}.\n\n{steps_markdown(bakes)}\n"


def inconclusive_markdown(rollout: Rollout, bake: Bake) -> str:
    """What the one who decides about too few samples needs to know."""
    asked = f"# Go on with {rollout.color} on {plain(rollout.endpoint)}, though too few calls were seen?"
    return (
        f"{asked}\n\nA refusal, or no answer, rolls back to {shares_text(rollout.live)}.\n\n{steps_markdown((bake,))}\n"
    )


def report_markdown(report: RolloutReport) -> str:
    """The whole rollout."""
    parts = [
        f"# Rollout to {plain(report.endpoint)}: {plain(report.title)}",
        f"**{_OUTCOMES[report.outcome]}** after {_time(report.seconds)}. {plain(message_of(report))}",
        f"**Next:** {plain(report.hint)}" if report.hint else "",
        _by_hand(report) if report.outcome == "stuck" and not report.is_final else "",
        f"Decided by {plain(report.decided_by)}." if report.decided_by else "",
        code_block(report.reason) if "\n" in report.reason else "",
        _plan(report.plan) if report.plan else "",
        f"## Steps\n\n{picture_markdown(report.bakes)}\n\n{steps_markdown(report.bakes)}" if report.bakes else "",
        f"## The way back\n\n{plain(report.restored)}" if report.restored else "",
        f"## Timeline\n\n{_timeline(report)}" if report.timeline else "",
        "## Notes\n\n" + "\n".join(f"* {plain(note)}" for note in report.notes) if report.notes else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _by_hand(report: RolloutReport) -> str:
    """What to do now."""
    again = "## Act now\n\nRun the deployment *recover*: it puts the traffic back."
    if not report.plan:
        return again
    live = " ".join(f"{name}={percent}" for name, percent in {report.color: 0, **report.plan.live}.items())
    command = f'az ml online-endpoint update --name {report.endpoint} --traffic "{live}"'
    return f"{again} Or put it back by hand, with the endpoint's resource group and workspace:\n\n{code_block(command)}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def shares_text(shares: Mapping[str, int]) -> str:
    """A traffic map in words."""
    return ", ".join(f"{name} {percent} %" for name, percent in shares.items() if percent) or "nobody"


def _timeline(report: RolloutReport) -> str:
    return table(("after", "what"), [(_time(one.seconds), plain(one.what)) for one in report.timeline])


def _plan(plan: RolloutPlan) -> str:
    rows = [
        ("before", shares_text(plan.live)),
        ("like", plan.source),
        ("next", f"{plan.color}, in place of one without traffic" if plan.leftover else plan.color),
        ("the endpoint was", plan.health),
        *(("seen", note) for note in plan.notes),
    ]
    return f"## Plan\n\n{table(('what', 'value'), rows)}"


def steps_markdown(bakes: tuple[Bake, ...]) -> str:
    """Each step with what both colors did in it, and what was decided."""
    rows = [_row(bake, name) for bake in bakes for name in sorted({*bake.tallies, *bake.users})]
    head = ("step", "color", "probes", "users", "errors", "p50 ms", "p95 ms")
    told = [_decided(bake, one) for bake in bakes if (one := bake.analysis)]
    notes = [f"* {bake.title}: {plain(note)}" for bake in bakes for note in bake.notes]
    return "\n\n".join(
        part for part in (table(head, rows), _LEGEND if rows else "", "\n".join([*told, *notes])) if part
    )


def _decided(bake: Bake, found: Analysis) -> str:
    """The decision, with its reason where that is not all the numbers of the table."""
    return f"* {bake.title}: {found.decision}" + (f": {plain(found.reason)}" if found.decision != "success" else "")


def _row(bake: Bake, name: str) -> tuple[object, ...]:
    seen = bake.of(name)
    faults = "; ".join(
        f"{who} {faults_text(one)}" for who, one in (("probes", seen.probes), ("users", seen.users)) if one.faults
    )
    share = "copies" if bake.mirror and not share_of(bake.traffic, name) else f"{share_of(bake.traffic, name)} %"
    return (
        bake.title,
        f"{name} {share}" if name else "nobody",
        seen.probes.calls,
        seen.users.calls,
        f"{seen.error_percent:.1f} %" + (f": {faults}" if faults else ""),
        _both(seen.probes.p50_ms, seen.users.p50_ms),
        _both(seen.probes.p95_ms, seen.users.p95_ms),
    )


def _both(probes: float | None, users: float | None) -> str:
    """What probes measured here, and what users' calls took at the endpoint, where these are known."""
    first, *rest = ("–" if one is None else f"{one:.0f}" for one in (probes, users))
    return first if users is None else " / ".join((first, *rest))
