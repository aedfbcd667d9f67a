"""Azure can diagnose a workspace itself; what it finds is folded in."""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.diagnostics.diagnosed import DiagnosisResult
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, warned
from tasks.domain.diagnostics.subject import Subject


async def observe(look: WorkspaceLook) -> tuple[DiagnosisResult, ...]:
    """Azure's diagnosis."""
    return await look.diagnosis()


def judge(_subject: Subject, results: tuple[DiagnosisResult, ...]) -> Verdict:
    """Errors fail, warnings warn, information is none of either."""
    notable = [one for one in results if one.level != "Information"]
    lines = tuple(seen(f"{one.subject}: {one.code}", one.message) for one in notable)
    codes = ", ".join(dict.fromkeys(one.code for one in notable))
    if any(one.level == "Error" for one in notable):
        return failed(f"Azure's own diagnosis reports {codes}.", *lines)
    if notable:
        return warned(f"Azure's own diagnosis warns of {codes}.", *lines)
    return passed("Azure's own diagnosis finds nothing.")


CHECK = Check(
    code="SCORE-WS-004",
    name="azure_diagnosis_finds_nothing",
    title="Azure's own diagnosis of the workspace finds nothing",
    severity="minor",
    scope="workspace",
    inputs=("diagnosis",),
    observe=observe,
    judge=judge,
    remedy="Do what its messages say; see them again with: az ml workspace diagnose --name {workspace} "
    "--resource-group {resource_group}.",
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-workspace-diagnostic-api",
    deep=True,
)
