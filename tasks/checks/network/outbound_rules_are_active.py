"""A destination can be reached only while its outbound rule is Active: images, model files, what score.py calls.

A private endpoint rule fails when its destination is gone, or the workspace's identity may not approve connections on
it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.azure.networking.network import OutboundRule
from tasks.domain.common.commands import argument
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped, warned
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Observation:
    """The workspace and its outbound rules."""

    workspace: DiagnosedWorkspace
    rules: tuple[OutboundRule, ...]


async def observe(facts: WorkspaceFacts) -> Observation:
    """Workspace and rules."""
    return Observation(await facts.workspace(), await facts.outbound_rules())


def judge(subject: Subject, found: Observation) -> Verdict:
    """Fail on a Failed rule, warn on any other that is not Active; skip until the network is provisioned."""
    if not found.workspace.has_managed_network:
        return skipped("The workspace has no managed network.")
    if not found.workspace.managed_network.is_active:
        return skipped("The managed network is not provisioned, so no rule is Active yet.")
    waiting = [one for one in found.rules if one.status.lower() != "active"]
    lines = tuple(
        seen(f"outbound rule {one.name} ({one.type}, {one.category})", one.status, "Active") for one in waiting
    )
    broken = [one.name for one in waiting if one.status.lower() == "failed"]
    if broken:
        return failed(f"Outbound rules have failed: {', '.join(broken)}.", *lines, remedy=_remedy(subject, broken[0]))
    if waiting:
        return warned(f"Outbound rules are not Active yet: {', '.join(one.name for one in waiting)}.", *lines)
    return passed(f"All {len(found.rules)} outbound rules are Active.")


def _remedy(subject: Subject, rule: str) -> str:
    return (
        f"Check that the destination of {rule} exists and that the workspace's identity may approve private endpoint "
        "connections on it (role Azure AI Enterprise Network Connection Approver). Then write the rule again: "
        f"az ml workspace outbound-rule set --rule {argument(rule)} {subject.workspace_flags} (with its --type and "
        "--destination), one rule at a time."
    )


CHECK = Check(
    code="SCORE-NET-003",
    title="Every outbound rule is Active",
    severity="major",
    scope="workspace",
    inputs=("workspace", "outbound_rules"),
    observe=observe,
    judge=judge,
    remedy="Wait for the operation on the rules to end; list them with: az ml workspace outbound-rule list {flags}.",
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#manage-outbound-rules",
    explains=("SCORE-DEP-001", "SCORE-CALL-004"),
    because="Without its destinations a deployment fails to start, or its model fails when called.",
)
