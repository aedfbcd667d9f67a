"""Outbound rules drift when somebody changes, removes or adds one manually."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.clients.control_plane.network import is_equal
from tasks.domain.azure.networking.network import OutboundRule, OutboundRuleSpec
from tasks.domain.diagnostics.finding import Evidence, Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.subject import Subject


def applies(subject: Subject) -> str:
    """Only where a workspace spec was given."""
    return "" if subject.expectations.workspace else "No workspace spec was given to compare the outbound rules with."


def judge(subject: Subject, rules: tuple[OutboundRule, ...]) -> Verdict:
    """Fail on a difference from the workspace spec of the run; skip without one.

    Azure's own rules (Required, Recommended, Dependency) are ignored.
    """
    spec = subject.expectations.workspace
    if spec is None:
        return skipped(applies(subject))
    present = {one.name.lower(): one for one in rules}
    drift = [line for rule in spec.outbound_rules for line in _drift(rule, present.get(rule.name.lower()))]
    known = {rule.name.lower() for rule in spec.outbound_rules}
    drift += [
        seen(f"outbound rule {one.name}", "present", "not requested")
        for one in rules
        if one.category.lower() == "userdefined" and one.name.lower() not in known
    ]
    if drift:
        return failed(f"Outbound rules have drifted: {', '.join(one.what for one in drift)}.", *drift)
    return passed(f"The {len(known)} requested outbound rules are as they should be.")


def _drift(rule: OutboundRuleSpec, present: OutboundRule | None) -> list[Evidence]:
    desired = rule.model_dump_json(exclude={"name"})
    if present is None:
        return [seen(f"outbound rule {rule.name}", "missing", desired)]
    if not is_equal(rule, present):
        return [seen(f"outbound rule {rule.name}", f"{present.type} {present.destination}", desired)]
    return []


CHECK = Check(
    code="SCORE-NET-004",
    title="The outbound rules match the workspace spec",
    severity="minor",
    scope="workspace",
    inputs=("outbound_rules",),
    observe=WorkspaceFacts.outbound_rules,
    judge=judge,
    applies=applies,
    remedy=(
        "Run the deployment endpoint-lifecycle again: it writes the rules that are missing or different. Remove the "
        "others: az ml workspace outbound-rule remove --rule NAME {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#manage-outbound-rules",
)
