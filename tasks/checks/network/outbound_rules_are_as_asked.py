"""Rules that somebody changed or removed by hand are found by comparing with what was asked for."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.clients.control_plane.network import is_equal
from tasks.domain.azure.network import OutboundRule, OutboundRuleSpec
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.subject import Subject


def applies(subject: Subject) -> str:
    """Only where it is known what was asked for."""
    return "" if subject.expectations.workspace else "It was not said which outbound rules the workspace should have."


async def observe(look: WorkspaceLook) -> tuple[OutboundRule, ...]:
    """The rules."""
    return await look.outbound_rules()


def judge(subject: Subject, rules: tuple[OutboundRule, ...]) -> Verdict:
    """Every rule asked for is there and leads where it should; no rule of a user's is there besides."""
    asked = subject.expectations.workspace
    if asked is None:
        return skipped(applies(subject))
    present = {one.name.lower(): one for one in rules}
    drift = [line for rule in asked.outbound_rules for line in _drift(rule, present.get(rule.name.lower()))]
    known = {rule.name.lower() for rule in asked.outbound_rules}
    drift += [
        seen(f"outbound rule {one.name}", "is there", "was not asked for")
        for one in rules
        if one.category.lower() == "userdefined" and one.name.lower() not in known
    ]
    if drift:
        return failed(f"Outbound rules have drifted: {', '.join(one.what for one in drift)}.", *drift)
    return passed(f"The {len(known)} outbound rules asked for are as they should be.")


def _drift(rule: OutboundRuleSpec, present: OutboundRule | None) -> list[Evidence]:
    wanted = rule.model_dump_json(exclude={"name"})
    if present is None:
        return [seen(f"outbound rule {rule.name}", "missing", wanted)]
    if not is_equal(rule, present):
        return [seen(f"outbound rule {rule.name}", f"{present.type} {present.destination}", wanted)]
    return []


CHECK = Check(
    code="SCORE-NET-004",
    name="outbound_rules_are_as_asked",
    title="The outbound rules are as they were asked for",
    severity="minor",
    scope="workspace",
    inputs=("outbound_rules",),
    observe=observe,
    judge=judge,
    applies=applies,
    remedy=(
        "Run the deployment endpoint-lifecycle again: it writes the rules that are missing or different. Remove what "
        "should not be there: az ml workspace outbound-rule remove --rule NAME {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#manage-outbound-rules",
)
