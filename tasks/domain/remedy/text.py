"""What a person reads of a remedy: the plan before the decision, and the report after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from tasks.domain.common.approval import Proposal
from tasks.domain.common.markdown import escaped, plain, with_commands
from tasks.domain.remedy.plan import Change, Outcome, RemedyPlan, RemedyReport

_OUTCOMES: Final[Mapping[Outcome, str]] = {
    "healthy": "Nothing to remedy",
    "by_hand": "Not applied: to be done by hand",
    "refused": "Refused: nothing was changed",
    "applied": "Applied and verified",
}


def plan_markdown(plan: RemedyPlan) -> str:
    """The plan for the one who decides: what is wrong, what would change, and what to think of."""
    parts = [
        f"# Remedy for endpoint {plain(plan.endpoint)}",
        _found(plan),
        f"**{escaped(plan.summary)}**",
        f"**Before you approve:** {plain(plan.warning)}" if plan.warning else "",
        _changes(plan),
        _conditions(plan),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def proposal_of(plan: RemedyPlan) -> Proposal:
    """The plan as a person is asked to approve it."""
    return Proposal(key=f"remedy-{plan.digest}", summary=plan.summary, markdown=plan_markdown(plan))


def report_markdown(report: RemedyReport) -> str:
    """How it ended, and the plan."""
    by = f" by {escaped(report.decided_by)}" if report.decided_by else ""
    left = report.next_cause
    more = f" What is left: {plain(left.code)}: {escaped(left.reason)}" if left else ""
    ended = f"**{_OUTCOMES[report.outcome]}**{by}. The endpoint is {report.health}.{more}"
    return f"{plan_markdown(report.plan)}\n{ended}\n"


def message_of(report: RemedyReport) -> str:
    """One line for the run's state."""
    if report.outcome == "applied":
        return f"{report.plan.summary} Applied, verified; {report.plan.endpoint} is {report.health}."
    if report.outcome == "refused":
        return f"Refused by {report.decided_by}: nothing was changed. Planned was: {report.plan.summary}"
    return report.plan.summary


def _found(plan: RemedyPlan) -> str:
    if plan.finding is None:
        return f"It is {plan.health}."
    return f"It is {plan.health}. {plain(plan.finding.code)}: {escaped(plan.finding.reason)}"


def _changes(plan: RemedyPlan) -> str:
    if plan.changes:
        ids = "\n".join(f"- `{one}`" for one in dict.fromkeys(one.resource for one in plan.changes))
        return "\n".join(map(_change, plan.changes)) + f"\n\nResources:\n\n{ids}"
    by_hand = plan.finding.remedy if plan.finding else ""
    return f"By hand:\n\n{with_commands(by_hand)}" if by_hand else ""


def _change(one: Change) -> str:
    """A line, not a row of a table: the form of the approval cuts off what is wide, and so the new value."""
    told = f"{one.path} from {_value(one.before)} to {_value(one.after)} (made by {_owner(one)})"
    return f"- {escaped(one.what)}: {escaped(told)}"


def _conditions(plan: RemedyPlan) -> str:
    told = [f"{one.what}: {one.path} is {_value(one.value)}" for one in plan.stands_on]
    return "Applied only while this holds: " + escaped("; ".join(told)) + "." if told else ""


def _owner(change: Change) -> str:
    return "this project" if change.is_ours else "somebody else"


def _value(value: JsonValue) -> str:
    return "not set" if value is None else json.dumps(value)
