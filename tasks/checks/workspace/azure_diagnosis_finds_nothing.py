"""Azure ML can diagnose a workspace itself: routes, security rules, locks, DNS, storage, vault, registry.

Its results rank last, since they repeat in other words what other checks find.
"""

from __future__ import annotations

from tasks.checks.engine.check import Check
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.diagnostics.diagnosed import DiagnosisResult
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, warned
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, results: tuple[DiagnosisResult, ...]) -> Verdict:
    """Fail on level Error, warn on level Warning in the result of `POST …/diagnose`."""
    notable = [one for one in results if one.level != "Information"]
    lines = tuple(seen(f"{one.subject}: {one.code}", one.message) for one in notable)
    codes = ", ".join(dict.fromkeys(one.code for one in notable))
    if any(one.level == "Error" for one in notable):
        return failed(f"Azure's own diagnosis reports {codes}.", *lines)
    if notable:
        return warned(f"Azure's own diagnosis warns of {codes}.", *lines)
    return passed("Azure's own diagnosis finds no problem.")


CHECK = Check(
    code="SCORE-WS-004",
    title="Azure's own diagnosis of the workspace finds no problem",
    severity="minor",
    scope="workspace",
    inputs=("diagnosis",),
    observe=WorkspaceFacts.diagnosis,
    judge=judge,
    remedy=(
        "Follow its messages; to read them again: az ml workspace diagnose --name {workspace} --resource-group "
        "{resource_group}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-workspace-diagnostic-api",
    deep=True,
)
