"""The texts of a remedy: the plan before the approval, and the report after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from tasks.domain.common.approval import Proposal
from tasks.domain.common.markdown import escaped, with_commands
from tasks.domain.remedy.plan import Change, Outcome, RemedyPlan, RemedyReport

_OUTCOMES: Final[Mapping[Outcome, str]] = {
    "healthy": "Nothing to fix",
    "by_hand": "Not applied: to be fixed manually",
    "refused": "Refused: nothing was changed",
    "applied": "Applied and verified",
}


def plan_markdown(plan: RemedyPlan) -> str:
    """Return the plan for the approver: the finding, the changes, and what to consider."""
    parts = [
        f"# Remedy for endpoint {escaped(plan.endpoint)}",
        _found(plan),
        f"**{escaped(plan.summary)}**",
        f"**Before you approve:** {escaped(plan.warning)}" if plan.warning else "",
        _changes(plan),
        _conditions(plan),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def proposal_of(plan: RemedyPlan) -> Proposal:
    """Return the plan as a proposal to approve."""
    return Proposal(key=f"remedy-{plan.digest}", summary=plan.summary, markdown=plan_markdown(plan))


def report_markdown(report: RemedyReport) -> str:
    """Return the result, and the plan."""
    by = f" by {escaped(report.decided_by)}" if report.decided_by else ""
    rest = report.next_cause
    more = f" Remaining root cause: {escaped(rest.code)}: {escaped(rest.reason)}" if rest else ""
    ended = f"**{_OUTCOMES[report.outcome]}**{by}. The endpoint is {report.health}.{more}"
    return f"{plan_markdown(report.plan)}\n{ended}\n"


def message_of(report: RemedyReport) -> str:
    """Return one line for the run's state."""
    if report.outcome == "applied":
        return f"{report.plan.summary} Applied, verified; {report.plan.endpoint} is {report.health}."
    if report.outcome == "refused":
        return f"Refused by {report.decided_by}: nothing was changed. The plan was: {report.plan.summary}"
    return report.plan.summary


def _found(plan: RemedyPlan) -> str:
    if plan.finding is None:
        return f"It is {plan.health}."
    return f"It is {plan.health}. {escaped(plan.finding.code)}: {escaped(plan.finding.reason)}"


def _changes(plan: RemedyPlan) -> str:
    if plan.changes:
        ids = "\n".join(f"- `{one}`" for one in dict.fromkeys(one.resource for one in plan.changes))
        return "\n".join(map(_change, plan.changes)) + f"\n\nResources:\n\n{ids}"
    remedy = plan.finding.remedy if plan.finding else ""
    return f"Manually:\n\n{with_commands(remedy)}" if remedy else ""


def _change(one: Change) -> str:
    """Return a line, not a row of a table: the approval form cuts off wide tables, and so the new value."""
    change = f"{one.path} from {_value(one.before)} to {_value(one.after)} (made by {_owner(one)})"
    return f"- {escaped(one.what)}: {escaped(change)}"


def _conditions(plan: RemedyPlan) -> str:
    parts = [f"{one.what}: {one.path} is {_value(one.value)}" for one in plan.stands_on]
    return "Applied only while this holds: " + escaped("; ".join(parts)) + "." if parts else ""


def _owner(change: Change) -> str:
    return "this project" if change.is_ours else "another owner"


def _value(value: JsonValue) -> str:
    return "not set" if value is None else json.dumps(value)
