"""What an outbound rule leads to can be reached only while the rule is Active."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.azure.network import OutboundRule
from tasks.domain.diagnostics.diagnosed import DiagnosedWorkspace
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped, warned
from tasks.domain.diagnostics.subject import Subject


@dataclass(frozen=True)
class Seen:
    """The workspace and its outbound rules."""

    workspace: DiagnosedWorkspace
    rules: tuple[OutboundRule, ...]


async def observe(look: WorkspaceLook) -> Seen:
    """Workspace and rules."""
    return Seen(await look.workspace(), await look.outbound_rules())


def judge(subject: Subject, found: Seen) -> Verdict:
    """Failed rules fail; rules still under way warn."""
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
        f"az ml workspace outbound-rule set --rule {rule} {subject.workspace_flags} (with its --type and "
        "--destination), one rule at a time."
    )


CHECK = Check(
    code="SCORE-NET-003",
    name="outbound_rules_are_active",
    title="Every outbound rule is Active",
    severity="major",
    scope="workspace",
    inputs=("workspace", "outbound_rules"),
    observe=observe,
    judge=judge,
    remedy="Wait for the operation on them to end; see them with: az ml workspace outbound-rule list {flags}.",
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#manage-outbound-rules",
)
